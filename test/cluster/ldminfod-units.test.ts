import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run } from './support/run.js';

const units = ['ldminfod.socket', 'ldminfod.service', 'ldminfod-retry.service'] as const;
const source = (name: string): string => readFileSync(new URL(`../../data/ldminfod/${name}`, import.meta.url), 'utf8');
const lacking = existsSync('/usr/bin/systemd-analyze') ? undefined : 'needs systemd-analyze';

requireOrSkip(lacking, 'the systemd units', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldminfod-units-'));
    // verify wants the program to be there, which it is only where the package is installed.
    for (const name of units) {
      writeFileSync(join(folder, name), source(name).replace('/usr/bin/ldminfod', '/bin/true'));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are accepted by systemd without a warning', async () => {
    const verified = await run(['systemd-analyze', 'verify', '--man=no', ...units.map((name) => join(folder, name))]);
    expect({ code: verified.code, said: verified.stderr }).toEqual({ code: 0, said: '' });
  });

  it('leave the service next to no rights: an exposure of less than 2 of 10', async () => {
    const service = join(folder, 'ldminfod.service');
    const { stdout } = await run(['systemd-analyze', 'security', '--offline=true', '--no-pager', service]);
    expect(Number(/Overall exposure level for .*: (\d+\.\d+)/.exec(stdout)?.[1])).toBeLessThan(2);
  });
});
