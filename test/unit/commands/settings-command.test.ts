import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSettingsCommand } from '../../../src/commands/settings.js';
import { settingsTable } from '../../../src/settings/settings.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-settings-'));
  file = join(folder, 'lts.conf');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `ldm settings` with these lines in the file. */
async function settings(lines: readonly string[], ...args: readonly string[]) {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const program = new Command('ldm');
  addSettingsCommand(program);
  await program.parseAsync(['settings', '--config', file, ...args], { from: 'user' });
  vi.restoreAllMocks();
  return { stdout, code: process.exitCode };
}
const row = (table: string, variable: string): string =>
  table.split('\n').find((line) => line.startsWith(`${variable} `)) ?? '';

describe('ldm settings', () => {
  it('shows every setting with its value and where it comes from', async () => {
    vi.stubEnv('SSH_OVERRIDE_PORT', '2022');
    const lines = [
      'LDM_SERVER="a b"',
      `[${hostname()}]`,
      'LDM_BALANCE=best LDM_HOST_KEYS=off',
      'LDM_SSHOPTIONS=-o ConnectTimeout=7',
    ];
    const { stdout, code } = await settings(lines);
    expect(code).toBe(0);
    for (const { variable } of Object.values(settingsTable)) expect(row(stdout, variable), variable).not.toBe('');
    const place = (line: number, section = hostname()): string => `${file}:${line} [${section.toLowerCase()}]`;
    expect(row(stdout, 'LDM_SERVER')).toMatch(/ a b +\S/);
    expect(row(stdout, 'LDM_SERVER').endsWith(place(1, 'default'))).toBe(true);
    expect(row(stdout, 'LDM_BALANCE').endsWith(place(3))).toBe(true);
    expect(row(stdout, 'LDM_HOST_KEYS')).toContain('strict');
    expect(row(stdout, 'LDM_HOST_KEYS').endsWith(`${place(3)} (cannot be used)`)).toBe(true);
    expect(row(stdout, 'LDM_CONNECT_TIMEOUT')).toMatch(/ 7 /);
    expect(row(stdout, 'LDM_CONNECT_TIMEOUT').endsWith(`${place(4)} (by LDM_SSHOPTIONS)`)).toBe(true);
    expect(row(stdout, 'SSH_OVERRIDE_PORT')).toMatch(/ 2022 +environment$/);
    expect(row(stdout, 'LDM_INFO_PORT')).toMatch(/ 9571 +default$/);
    expect(stdout).toContain(
      `\nProblems:\n  ${file}:3: LDM_HOST_KEYS: invalid value "off" (expected strict or accept-new)`,
    );
  });

  it('says that there are no problems', async () => {
    expect((await settings(['LDM_SERVER=a'])).stdout).toMatch(/\nNo problems\.\n$/);
  });

  it.each([
    [[], 0],
    [['LDM_SERVER=a', 'LDM_SSHOPTIONS=-q', 'LDM_DIRECTX=y', 'LDM_OF_A_HOOK=1'], 0],
    [['LDM_BALANCE=luck'], 78],
    [['nonsense'], 78],
    [['include /nowhere'], 78],
    [['LDM_SERVR=a'], 78],
    [['[somebody-else]', 'LDM_BALANCE=luck'], 78],
    [['LDM_ETCD=https://etcd', 'LDM_ETCD_CA=/nowhere'], 78],
    [['LDM_GET_HOSTS=/nowhere'], 78],
  ])('of %j ends with code %i under --check, and with 0 otherwise', async (lines, code) => {
    expect((await settings(lines)).code).toBe(0);
    expect((await settings(lines, '--check')).code).toBe(code);
  });

  it('checks a file that is not there', async () => {
    const { code } = await settings([], '--check', '--config', join(folder, 'nowhere'));
    expect(code).toBe(78);
  });

  it('prints the same for scripts', async () => {
    const lines = ['LDM_SERVER=a', 'LDM_PROBE_TIMEOUT=soon', 'LDM_DIRECTX=y', '[somebody-else]', 'LDM_USER_ALLOW=","'];
    const whole = JSON.parse((await settings(lines, '--json')).stdout);
    const place = (line: number, section: string) => ({ source: 'file', file, line, section });
    expect(whole.settings).toContainEqual({
      variable: 'LDM_SERVER',
      value: 'a',
      ...place(1, 'default'),
      through: null,
      replaced: false,
    });
    expect(whole.problems).toEqual([
      {
        severity: 'warning',
        code: 'invalid-value',
        variable: 'LDM_PROBE_TIMEOUT',
        value: 'soon',
        accepted: 'seconds from 0.1 to 300, such as 2',
        ...place(2, 'default'),
        thisClient: true,
        message:
          'LDM_PROBE_TIMEOUT: invalid value "soon" (expected seconds from 0.1 to 300, such as 2); the default is used',
      },
      expect.objectContaining({ variable: 'LDM_USER_ALLOW', ...place(5, 'somebody-else'), thisClient: false }),
    ]);
    expect(whole.withoutEffect).toEqual([expect.objectContaining({ variable: 'LDM_DIRECTX', ...place(3, 'default') })]);
  });

  it('shows no password, wherever it stands', async () => {
    vi.stubEnv('LDM_PASSWORD', 's3cret-1');
    const lines = [
      'LDM_GUESTLOGIN=y',
      'LDM_PASSWORD="s3cret-2"',
      'LDM_ETCD=https://root:s3cret-3@etcd:2379 https://etcd2:2379',
      'LDM_PASSWORD="s3cret-4',
      'LDM_PASSWORD s3cret-5',
      'LDM_PASWORD=s3cret-6',
      'CLIENT_ENV=API_TOKEN=s3cret-7',
      'LDM_MENU_ITEM_1=x LDM_MENU_COMMAND_1="mail --password s3cret-8"',
      'RDP_OPTIONS="-u x -p s3cret-9"',
      '[other] LDM_ETCD=http://u:s3cret-0@etcd',
    ];
    for (const args of [[], ['--json']]) {
      const { stdout } = await settings(lines, ...args);
      expect(stdout).toContain('LDM_PASSWORD');
      expect(stdout).not.toContain('s3cret');
    }
  });
});
