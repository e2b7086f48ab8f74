import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ldm-ltsp-hook-'));
  await writeFile(join(folder, 'ldm'), '#!/bin/sh\nprintf "%s\\n" "$@" >"$LDM_CALLED"\nexit "$LDM_CODE"\n', {
    mode: 0o755,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the hook as `ltsp image` does: sourced, by the name that ltsp derives from the file's, with ltsp's helpers. */
function runHook(code: number, root: string) {
  const ltsp = [
    'set -e',
    'warn() { echo "warn: $*" >&2; }',
    'die() { echo "die: $*" >&2; exit 1; }',
    're() { "$@" || die "$*"; }',
    // From ltsp's run_main_functions.
    `name=$(echo "$1" | sed -e 's/.*\\///' -e 's/[^[:alpha:]]*\\([^.]*\\).*/\\1/g' -e 's/[^[:alnum:]]/_/g')`,
    '. "$1"',
    '"$name"_main image',
    'echo packed',
  ];
  return spawnSync('sh', ['-c', ltsp.join('\n'), 'ltsp', join('data', 'ltsp', '60-ldm-keys.sh')], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      LDM_CALLED: join(folder, 'called'),
      LDM_CODE: String(code),
      _COW_DIR: root,
      _IMG_NAME: 'bookworm',
    },
  });
}

it('The LTSP hook has ldm write the keys into the root that becomes the image', async () => {
  const { status, stdout, stderr } = runHook(0, '/tmp/tmp.a b/root');
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'packed\n', stderr: '' });
  expect(await readFile(join(folder, 'called'), 'utf8')).toBe('keys\nupdate\n--root\n/tmp/tmp.a b/root\n');
});

it('The LTSP hook warns when there are no keys yet, and the image is made', () => {
  const { status, stdout, stderr } = runHook(66, '/root');
  expect([status, stdout]).toEqual([0, 'packed\n']);
  expect(stderr).toContain('warn: No host keys to put into bookworm');
});

it.each([64, 65, 73, 74, 127])('The LTSP hook stops the image when the keys cannot be put in (%d)', (code) => {
  const { status, stdout, stderr } = runHook(code, '/root');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`die: The host keys cannot be put into bookworm (ldm keys update: ${code})`);
});

it('The LTSP hook writes nowhere when ltsp has made no root', async () => {
  await rm(join(folder, 'called'), { force: true });
  expect(runHook(0, '').status).toBe(1);
  await expect(readFile(join(folder, 'called'))).rejects.toMatchObject({ code: 'ENOENT' });
});
