import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { connectAccessibility, find } from './accessibility.js';
import { type Desktop, startDesktop } from './desktop.js';
import { RealLdm } from './real-ldm.js';

/** A screen for a group of tests, and on it `ldm` with its greeter, which ends after each test. */
export interface UsedLdm {
  /** A temporary folder of the group. */
  readonly folder: string;
  desktop(): Desktop;
  /** Starts `ldm` and waits until it asks for the user name. @param config appended to its lts.conf */
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
