import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { connectAccessibility, find } from './accessibility.js';
import { type Desktop, startDesktop } from './desktop.js';
import { RealLdm } from './real-ldm.js';

/** A screen for the tests of a group, and `ldm` with its greeter on it, which ends after each test. */
export interface UsedLdm {
  /** Of the group's own. */
  readonly folder: string;
  desktop(): Desktop;
  /** Starts `ldm`; it asks for the name by then. @param config more of its lts.conf */
  start(settings: Readonly<Record<string, string>>, config?: string): Promise<RealLdm>;
}

export function useRealLdm(): UsedLdm {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-ui-'));
  let desktop: Desktop;
  let ldm: RealLdm | undefined;
  beforeAll(async () => {
    desktop = await startDesktop();
    connectAccessibility(desktop);
  });
  afterEach(async () => {
    await ldm?.stop();
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    desktop: () => desktop,
    async start(settings, config) {
      ldm = await RealLdm.start(desktop, 'cluster', folder, settings, config);
      await find(ldm.root, 'text', 'Username');
      return ldm;
    },
  };
}
