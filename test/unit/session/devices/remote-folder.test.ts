import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { folderIn } from '../../../../src/session/devices/remote-folder.js';

const script = readFileSync(new URL('../../../../src/session/devices/remote-folder.sh', import.meta.url), 'utf8');
const shells = ['/bin/sh', '/bin/bash', '/bin/busybox'].filter((shell) => existsSync(shell));

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-remote-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the script as sshd does, with an input that stays open. */
async function open(shell: string, runtimeDir: string) {
  const args = shell.endsWith('busybox') ? ['sh', '-s', 'ldm-devices'] : ['-s', 'ldm-devices'];
  const child = spawn(shell, args, { env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: runtimeDir } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.write(script);
  await vi.waitFor(() => expect(output).toContain('\n'), { timeout: 5_000 });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, ended, folder: folderIn(output) ?? `none in ${output}` };
}

describe.each(shells)('the folder for sockets, made by %s', (shell) => {
  it('is private and new, and goes with the connection, with all that is in it', async () => {
    const parent = place();
    const first = await open(shell, parent);
    const second = await open(shell, parent);
    expect(first.folder).toMatch(new RegExp(`^${parent}/ldm-\\w{16}$`));
    expect(second.folder).not.toBe(first.folder);
    expect(statSync(first.folder).mode & 0o777).toBe(0o700);
    writeFileSync(join(first.folder, 'sound'), '');
    first.child.stdin.end();
    expect(await first.ended).toBe(0);
    expect(readdirSync(parent)).toEqual([second.folder.split('/').at(-1)]);
    second.child.stdin.end();
    await second.ended;
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each(['', 'not/absolute', '/nonexistent', '/tmp/a b'])(
    'is in /tmp where the place of the user is "%s"',
    async (runtimeDir) => {
      const { child, ended, folder } = await open(shell, runtimeDir);
      expect(folder).toMatch(/^\/tmp\/ldm-\w{16}$/);
      child.stdin.end();
      await ended;
      expect(existsSync(folder)).toBe(false);
    },
  );
});

describe('the path of the folder', () => {
  it('is found after what a login shell has printed', () => {
    expect(folderIn('Welcome!\nldm-devices /run/user/1000/ldm-abc\n')).toBe('/run/user/1000/ldm-abc');
  });

  it.each([
    'ldm-devices /run/user/1000/ldm-ab',
    'ldm-devices run/ldm\n',
    'ldm-devices /run/$(id)\n',
    'ldm-devices /run/a b\n',
    "ldm-devices /run/'a'\n",
    `ldm-devices /${'a'.repeat(81)}\n`,
    'say ldm-devices /run/a\n',
  ])('is nothing else: %j', (output) => {
    expect(folderIn(output)).toBeUndefined();
  });
});
