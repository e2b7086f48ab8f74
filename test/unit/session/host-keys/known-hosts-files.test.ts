import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatKnownHostsLine,
  HostNameError,
  isKeyFileName,
  keyFilesIn,
  learnHostKey,
  loadKnownHosts,
  parseKnownHosts,
} from '../../../../src/session/host-keys/known-hosts.js';
import { createLog } from '../../../../src/shared/log/log.js';
import { ed25519, keyLine, rsa } from '../../support/public-keys.js';

const one = ed25519().wire;
const two = ed25519().wire;
const three = rsa().wire;

describe('key files', () => {
  let folder = '';
  let lines: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldm-known-hosts-'));
    lines = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const log = createLog(7, (text) => lines.push(text));

  it('are read from files and directories; hidden files, copies, folders and missing ones are left out', async () => {
    const dir = join(folder, 'dir');
    await mkdir(join(dir, 'sub'), { recursive: true });
    await writeFile(join(folder, 'plain'), keyLine('plain', one));
    for (const name of ['app1', '.hidden', 'app2~', 'app3.bak', 'sub/app4']) {
      await writeFile(join(dir, name), keyLine(name.replaceAll(/\W/g, ''), one));
    }
    await symlink(join(folder, 'plain'), join(dir, 'linked'));
    await symlink(join(folder, 'nowhere'), join(dir, 'dangling'));
    const keys = await loadKnownHosts([join(folder, 'none'), dir, join(folder, 'plain')], log);
    const found = ['plain', 'app1', 'hidden', 'app2', 'app3bak', 'subapp4'].map(
      (host) => keys.keyTypes(host, 22).length,
    );
    expect(found).toEqual([1, 1, 0, 0, 0, 0]);
    expect(lines).toEqual([]);
  });

  it('with a wrong line keep the others, and the log names file and line', async () => {
    const file = join(folder, 'wrong');
    await writeFile(file, `nonsense\n${keyLine('app1', one)}\n`);
    const keys = await loadKnownHosts([file], log);
    expect(keys.verdict('app1', 22, one)).toEqual({ kind: 'known' });
    expect(lines).toEqual([expect.stringContaining(`warn known-hosts-line-skipped file=${file} line=1`)]);
  });

  it('may be missing', async () => {
    await loadKnownHosts([join(folder, 'none')], log);
    expect(lines).toEqual([]);
  });

  it('that cannot be read are logged, and the others are read', async () => {
    const file = join(folder, 'good');
    await writeFile(file, keyLine('app1', one));
    // Reading one's own memory at its start fails, also for root.
    const keys = await loadKnownHosts(['/dev/null', '/proc/self/mem', `${file}/x`, file], log);
    expect(keys.keyTypes('app1', 22)).toEqual(['ssh-ed25519']);
    const logged = (path: string, problem: string) =>
      expect.stringContaining(`warn known-hosts-unreadable file=${path} problem=${problem}`);
    expect(lines).toHaveLength(3);
    for (const line of [
      logged('/dev/null', '"neither a file'),
      logged('/proc/self/mem', 'EIO'),
      logged(`${file}/x`, 'ENOTDIR'),
    ]) {
      expect(lines).toContainEqual(line);
    }
  });

  it('of a directory are its files and links to files, sorted by name', async () => {
    for (const name of ['c', 'a', 'b.pub', 'd', '.hidden', 'copy~', 'copy.bak'])
      await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'sub'));
    await symlink(join(folder, 'a'), join(folder, 'link'));
    await symlink(join(folder, 'sub'), join(folder, 'other'));
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(await keyFilesIn(folder)).toEqual(['a', 'b.pub', 'c', 'd', 'link'].map((name) => join(folder, name)));
  });

  it('are neither hidden nor copies of an editor', () => {
    expect(['app1', 'app.next', 'a~b', 'app.bak.pub', 'appbak'].map(isKeyFileName)).toEqual(Array(5).fill(true));
    expect(['.app1', 'app1~', 'app.bak'].map(isKeyFileName)).toEqual(Array(3).fill(false));
  });

  it('learn a new host by one more line, in a file that others cannot read', async () => {
    const file = join(folder, 'new', 'deep', 'learnt');
    await learnHostKey(file, 'App1', 2222, one);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
    expect(await readFile(file, 'utf8')).toBe(`${keyLine('[app1]:2222', one)}\n`);
    await writeFile(file, keyLine('unfinished', two), { flag: 'a' });
    await Promise.all([learnHostKey(file, 'app2', 22, two), learnHostKey(file, '::1', 22, three)]);
    const { lines: learned, problems } = parseKnownHosts(await readFile(file, 'utf8'), file);
    expect(problems).toEqual([]);
    expect(learned.map(({ names }) => names).sort()).toEqual(['::1', '[app1]:2222', 'app2', 'unfinished'].sort());
  });

  it('learn a host by a line of its own, whether the last line has an end or not', async () => {
    const file = join(folder, 'known');
    const learned = keyLine('app1', one);
    for (const [before, after] of [
      ['', `${learned}\n`],
      ['# mine\n', `# mine\n${learned}\n`],
      ['# mine', `# mine\n${learned}\n`],
    ] as const) {
      await writeFile(file, before);
      await learnHostKey(file, 'app1', 22, one);
      expect(await readFile(file, 'utf8')).toBe(after);
    }
  });

  it('have lines with several names', () => {
    expect(formatKnownHostsLine(['app1', '10.0.0.1'], one)).toBe(keyLine('app1,10.0.0.1', one));
    expect(() => formatKnownHostsLine([], one)).toThrow(HostNameError);
  });

  it.each(['a b', 'a\nb', 'a,b', '*', '!a', '#a', '@a', '|1|a', ''])('never learn the name %j', async (host) => {
    const error = { name: 'HostNameError', code: 'unusable-host-name', host };
    await expect(learnHostKey(join(folder, 'x'), host, 22, one)).rejects.toMatchObject(error);
    expect(() => formatKnownHostsLine(['app1', host], one)).toThrow(HostNameError);
  });
});
