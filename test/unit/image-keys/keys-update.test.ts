import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type UpdateOptions, updateKeys } from '../../../src/commands/keys-update.js';

const key = (byte: number): string =>
  `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.alloc(32, byte)]).toString('base64')}`;

let folder = '';
let out: string[] = [];
let err: string[] = [];
const at = (...path: string[]): string => join(folder, ...path);
const put = async (text: string, ...path: string[]): Promise<void> => {
  await mkdir(dirname(at(...path)), { recursive: true });
  await writeFile(at(...path), text);
};
const update = (options: Partial<UpdateOptions> = {}): Promise<number> => {
  out = [];
  err = [];
  return updateKeys({
    directory: at('keys'),
    classicDirectory: at('ltsp'),
    roots: [at('root')],
    rootBases: [],
    io: { out: (line) => out.push(line), err: (line) => err.push(line) },
    ...options,
  });
};
const written = (root = 'root'): Promise<string> => readFile(at(root, 'etc/ssh/ssh_known_hosts'), 'latin1');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ldm-keys-update-'));
  await put(`app1,10.0.0.1 ${key(1)}\n`, 'keys', 'app1');
  await put(`app2 ${key(2)}\n`, 'keys', 'app2');
  await mkdir(at('root', 'etc', 'ssh'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('ldm keys update', () => {
  it('writes the keys of every file, the classic ones too, into each root', async () => {
    await put(`# app3:22 SSH-2.0\napp3 ${key(3)}\n`, 'ltsp', 'ssh_known_hosts.auto');
    await put('no key file', 'ltsp', 'lts.conf');
    await put('no key file', 'ltsp', 'ssh_known_hosts.auto~');
    await mkdir(at('bare'));
    expect(await update({ roots: [at('root'), at('bare')] })).toBe(0);
    for (const root of ['root', 'bare']) {
      const lines = (await written(root)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(lines).toEqual([`app1,10.0.0.1 ${key(1)}`, `app2 ${key(2)}`, `app3 ${key(3)}`]);
      expect((await stat(at(root, 'etc/ssh/ssh_known_hosts'))).mode & 0o777).toBe(0o644);
      expect(await readdir(at(root, 'etc/ssh'))).toEqual(['ssh_known_hosts']);
    }
  });

  it('writes nothing when nothing changed, and says so', async () => {
    await update();
    const file = at('root/etc/ssh/ssh_known_hosts');
    const before = await stat(file);
    expect(await update()).toBe(0);
    expect(out.join()).toContain('unchanged');
    expect((await stat(file)).ino).toBe(before.ino);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
  });

  it('takes a key out of the root when its file is gone, and keeps lines added by hand and the mode', async () => {
    await put(`# mine\nprinter ${key(9)} caf\xe9\n`, 'root/etc/ssh/ssh_known_hosts');
    await writeFile(at('root/etc/ssh/ssh_known_hosts'), Buffer.from(`# mine\nprinter ${key(9)} caf\xe9\n`, 'latin1'));
    await chmod(at('root/etc/ssh/ssh_known_hosts'), 0o640);
    await update();
    expect(await written()).toContain(key(2));
    await rm(at('keys/app2'));
    expect(await update()).toBe(0);
    expect(await written()).not.toContain(key(2));
    expect(await written()).toMatch(new RegExp(`^# mine\nprinter ${key(9).replaceAll('+', '\\+')} caf\xe9\n# BEGIN`));
    expect((await stat(at('root/etc/ssh/ssh_known_hosts'))).mode & 0o777).toBe(0o640);
  });

  it('refuses two keys of one name, naming both files and lines, and writes no root', async () => {
    await put(`\n\napp1 ${key(7)}\n`, 'ltsp', 'ssh_known_hosts.auto');
    expect(await update()).toBe(65);
    expect(err).toEqual([
      `app1 has two ssh-ed25519 keys: ${at('keys/app1')}:1 and ${at('ltsp/ssh_known_hosts.auto')}:3; nothing is written until one of them is gone`,
    ]);
    await expect(written()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes an old and a new key of one name while the new one is in a file for it, and says so each time', async () => {
    await put(`app1,10.0.0.1 ${key(9)}\n`, 'keys', 'app1.next');
    for (const state of ['written', 'unchanged']) {
      expect(await update()).toBe(0);
      expect(out).toEqual([
        `app1 has an old and a new ssh-ed25519 key until ${at('keys', 'app1.next')} is removed`,
        `10.0.0.1 has an old and a new ssh-ed25519 key until ${at('keys', 'app1.next')} is removed`,
        `${at('root/etc/ssh/ssh_known_hosts')}: ${state}, lines: 3`,
      ]);
    }
    expect(await written()).toContain(`app1,10.0.0.1 ${key(1)}\n`);
    expect(await written()).toContain(`app1,10.0.0.1 ${key(9)}\n`);

    await put(`app1,10.0.0.1 ${key(9)}\n`, 'keys', 'app1');
    expect(await update()).toBe(0);
    expect(out[0]).toBe(`${at('keys', 'app1.next')} holds no second key of any name; rename or remove it`);
    await rm(at('keys', 'app1.next'));
    expect(await update()).toBe(0);
    expect(await written()).not.toContain(key(1));
  });

  it('takes the new key beside an old one that stands in the root by hand', async () => {
    await put(`app1 ${key(7)}\n`, 'root', 'etc/ssh/ssh_known_hosts');
    await rm(at('keys', 'app1'));
    await put(`app1 ${key(9)}\n`, 'keys', 'app1.next');
    expect(await update()).toBe(0);
    expect(await written()).toContain(key(9));
  });

  it('refuses two new keys of one name', async () => {
    await put(`app3 ${key(3)}\n`, 'keys', 'app3.next');
    await put(`app3 ${key(4)}\n`, 'keys', 'more.next');
    expect(await update()).toBe(65);
    expect(err[0]).toContain('app3 has two ssh-ed25519 keys');
  });

  it('refuses a wrong line anywhere, naming its file and line, and writes no root', async () => {
    await put(`app3 ${key(3)}\napp4 ssh-rsa ${key(4).split(' ')[1]}\n`, 'keys', 'app3');
    expect(await update()).toBe(65);
    expect(err).toEqual([`${at('keys/app3')}:2: the line says ssh-rsa, the key itself is ssh-ed25519`]);
    await expect(written()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a root whose own lines contradict the keys, and still writes the others', async () => {
    await put(`# old\napp1 ${key(7)}\n`, 'old/etc/ssh/ssh_known_hosts');
    expect(await update({ roots: [at('old'), at('root')] })).toBe(65);
    expect(err.join()).toContain(`${at('keys/app1')}:1 and ${at('old/etc/ssh/ssh_known_hosts')}:2`);
    expect(await written('old')).toBe(`# old\napp1 ${key(7)}\n`);
    expect(await written()).toContain(key(1));
  });

  it.each([
    ['etc', 'etc'],
    ['etc/ssh', 'etc/ssh'],
    ['the file', 'etc/ssh/ssh_known_hosts'],
  ])('follows no symbolic link out of a root at %s, and still writes the other root', async (_, path) => {
    await mkdir(at('outside/ssh'), { recursive: true });
    await writeFile(at('outside/target'), 'precious');
    await mkdir(dirname(at('linked', path)), { recursive: true });
    await symlink(path.endsWith('hosts') ? at('outside/target') : at('outside'), at('linked', path));
    expect(await update({ roots: [at('linked'), at('root')] })).toBe(73);
    expect(err.join()).toContain(`${at('linked', path)} is a symbolic link`);
    expect(await readFile(at('outside/target'), 'utf8')).toBe('precious');
    expect(await readdir(at('outside/ssh'))).toEqual([]);
    expect(await written()).toContain(key(1));
  });

  it.each([
    ['is not there', async () => {}],
    ['is a file', () => put('x', 'wrong')],
    ['has a file for etc', () => put('x', 'wrong/etc')],
    ['has a folder for the file', () => mkdir(at('wrong/etc/ssh/ssh_known_hosts'), { recursive: true })],
  ])('ends with 73 for a root that %s, and still writes the other', async (_, prepare) => {
    await prepare();
    expect(await update({ roots: [at('wrong'), at('root')] })).toBe(73);
    expect(err.join()).toContain(at('wrong'));
    expect(await written()).toContain(key(1));
  });

  it('leaves a root whose block is damaged as it is', async () => {
    await update();
    const damaged = (await written()).replace(/# END.*\n/, '');
    await writeFile(at('root/etc/ssh/ssh_known_hosts'), damaged);
    expect(await update()).toBe(65);
    expect(await written()).toBe(damaged);
  });

  it('does not empty the roots when there are no keys, or none that can be read', async () => {
    await update();
    const before = await written();
    for (const directory of [at('nowhere'), at('keys/app1'), at('empty')]) {
      await mkdir(at('empty'), { recursive: true });
      expect(await update({ directory })).toBe(66);
      expect(err.join()).toContain(directory);
    }
    expect(await written()).toBe(before);
  });

  it('finds the client roots itself where none is named: folders with a bin/true', async () => {
    await put('', 'base/amd64/bin/true');
    await mkdir(at('base/images'));
    expect(await update({ roots: undefined, rootBases: [at('base'), at('none')] })).toBe(0);
    expect(await written('base/amd64')).toContain(key(1));
    expect(await readdir(at('base/images'))).toEqual([]);
    expect(await update({ roots: undefined, rootBases: [at('none')] })).toBe(64);
  });
});
