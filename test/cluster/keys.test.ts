import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scanKeys } from '../../src/commands/keys-scan.js';
import { updateKeys } from '../../src/commands/keys-update.js';
import { learnHostKey, parseKnownHosts } from '../../src/session/host-keys/known-hosts.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { address } from '../support/statuses.js';
import { checkout } from './support/host.js';
import { type LoopbackSshd, startLoopbackSshd } from './support/loopback-sshd.js';
import { missingForCluster } from './support/missing.js';
import { run } from './support/run.js';

requireOrSkip(missingForCluster, 'Host keys from real servers to a client root', () => {
  let folder = '';
  let app1: LoopbackSshd;
  let app2: LoopbackSshd;
  const said: string[] = [];
  const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldm-keys-'));
    await mkdir(join(folder, 'root'));
    app1 = await startLoopbackSshd(join(folder, 'app1'), ['ed25519', 'ecdsa', 'rsa']);
    app2 = await startLoopbackSshd(join(folder, 'app2'), ['ed25519']);
  });
  afterAll(async () => {
    await app1?.stop();
    await app2?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const scan = (server: LoopbackSshd, overOtherKeys: 'refuse' | 'replace' = 'refuse') =>
    scanKeys([address(`localhost:${server.port}`)], {
      directory: join(folder, 'keys'),
      overOtherKeys,
      dependencies: { addressesOf: async () => ['127.0.0.1'], timeoutMs: 10_000, paceMs: 0 },
      io,
    });
  const update = () =>
    updateKeys({
      directory: join(folder, 'keys'),
      classicDirectory: join(folder, 'ltsp'),
      roots: [join(folder, 'root')],
      rootBases: [],
      io,
    });
  const rootFile = () => join(folder, 'root/etc/ssh/ssh_known_hosts');

  /** What OpenSSH's client makes of a server: `trusted` once it goes on to sign in, where nobody is let in. */
  const ssh = async (server: LoopbackSshd, file: string, ...options: string[]): Promise<string> => {
    const { stderr } = await run([
      ...['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes'],
      ...['-o', 'UserKnownHostsFile=none', '-o', `GlobalKnownHostsFile=${file}`, '-o', 'IdentityFile=none'],
      ...[...options, '-p', String(server.port), 'nobody@localhost', 'true'],
    ]);
    if (/Permission denied/.test(stderr)) return 'trusted';
    return /Host key verification failed/.test(stderr) ? 'refused' : stderr;
  };

  const login = async (server: LoopbackSshd, file: string): Promise<number | null> => {
    await writeFile(join(folder, 'password'), 'wrong\n');
    const { code } = await run([
      ...['env', `LDM_SERVER=localhost:${server.port}`, `LDM_KNOWN_HOSTS=${file}`, join(checkout, 'bin/ldm'), 'login'],
      ...['--config', '/dev/null', '--user', 'nobody', '--password-file', join(folder, 'password'), '--no-x11'],
      ...['--', 'true'],
    ]);
    return code;
  };

  /** By IPv4, where the server listens: Debian's /etc/hosts gives localhost `::1` too, and ssh-keyscan tries one address. */
  const keyscan = async ({ port }: LoopbackSshd, ...options: readonly string[]): Promise<string> =>
    (await run(['ssh-keyscan', '-4', ...options, '-p', String(port), 'localhost'])).stdout;

  it("gets the keys that ssh-keyscan gets, and OpenSSH's client trusts both servers by what was written", async () => {
    expect(await scan(app1)).toBe(0);
    expect(await scan(app2)).toBe(0);
    const scanned = await keyscan(app1, '-t', 'rsa,ecdsa,ed25519');
    const theirs = scanned.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const written = await readFile(join(folder, 'keys', `localhost:${app1.port}`), 'utf8');
    const ours = written.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(ours.sort()).toEqual(theirs.sort());
    expect(ours).toHaveLength(3);

    expect(await ssh(app1, rootFile())).toBe('refused');
    expect(await update()).toBe(0);
    expect(await ssh(app2, rootFile())).toBe('trusted');
    for (const algorithm of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512']) {
      expect(await ssh(app1, rootFile(), '-o', `HostKeyAlgorithms=${algorithm}`)).toBe('trusted');
    }
  });

  it('prints the fingerprints that ssh-keygen prints on the server', async () => {
    said.length = 0;
    await scan(app1);
    const { stdout } = await run(['ssh-keygen', '-lf', join(folder, 'app1', 'ed25519_1.pub')]);
    expect(said).toContain(`  ssh-ed25519 ${stdout.split(' ')[1]}`);
  });

  it('a server with new keys is refused by OpenSSH until it is scanned with --replace and the roots are updated', async () => {
    await app2.changeKeys(['ed25519']);
    expect(await ssh(app2, rootFile())).toBe('refused');
    expect(await scan(app2)).toBe(65);
    expect(await update()).toBe(0);
    expect(await ssh(app2, rootFile())).toBe('refused');
    expect(await scan(app2, 'replace')).toBe(0);
    expect(await update()).toBe(0);
    expect(await ssh(app2, rootFile())).toBe('trusted');
    expect(await ssh(app1, rootFile())).toBe('trusted');
  });

  it('a key changes without a gap while clients with the old, both and the new image are about', {
    timeout: 60_000,
  }, async () => {
    const name = `[localhost]:${app2.port}`;
    const next = join(folder, 'keys', 'app2.next');
    /** What OpenSSH and our own client make of the server by an image's file: 77 is a refused password. */
    const seen = async (file: string): Promise<string> => `${await ssh(app2, file)} ${await login(app2, file)}`;
    const image = async (of: string): Promise<string> => {
      expect(await update()).toBe(0);
      await copyFile(rootFile(), join(folder, of));
      return join(folder, of);
    };
    const old = await image('old');
    await writeFile(next, `${name} ${await app2.nextKey('ed25519')}\n`);
    const both = await image('both');
    for (const file of [old, both]) expect(await seen(file)).toBe('trusted 77');

    await app2.changeKeys(['ed25519']);
    expect(await seen(both)).toBe('trusted 77');
    expect(await seen(old)).toBe('refused 76');

    await rename(next, join(folder, 'keys', `localhost:${app2.port}`));
    const fresh = await image('new');
    expect(await seen(fresh)).toBe('trusted 77');
    expect(await readFile(fresh, 'utf8')).not.toContain(
      (await readFile(old, 'utf8')).split(`${name} `)[1]?.slice(0, 80),
    );
  });

  it('a key revoked in a file of its own is refused by OpenSSH once the roots are updated', async () => {
    const { lines } = parseKnownHosts(await readFile(join(folder, 'keys', `localhost:${app2.port}`), 'utf8'), 'app2');
    const revoked = lines.map(({ type, key }) => `@revoked\t*  ${type} ${key.toString('base64')} stolen\r\n`).join('');
    await writeFile(join(folder, 'keys', 'revoked'), revoked);
    expect(await update()).toBe(0);
    expect(await ssh(app2, rootFile())).toBe('refused');
    expect(await ssh(app1, rootFile())).toBe('trusted');
    await rm(join(folder, 'keys', 'revoked'));
    expect(await update()).toBe(0);
    expect(await ssh(app2, rootFile())).toBe('trusted');
  });

  it('hashed and wildcard lines pass through the merge, and OpenSSH still trusts by them', async () => {
    const hashed = await keyscan(app1, '-H', '-t', 'ed25519');
    const wildcard = await keyscan(app2, '-t', 'ed25519');
    await writeFile(join(folder, 'hashed'), `${hashed}${wildcard.replace(/^\[localhost\]/m, '[local*]')}`);
    await mkdir(join(folder, 'odd'), { recursive: true });
    await writeFile(join(folder, 'odd', 'keys'), await readFile(join(folder, 'hashed')));
    const options = { classicDirectory: join(folder, 'ltsp'), rootBases: [], io };
    await mkdir(join(folder, 'odd-root'), { recursive: true });
    expect(await updateKeys({ directory: join(folder, 'odd'), roots: [join(folder, 'odd-root')], ...options })).toBe(0);
    const file = join(folder, 'odd-root/etc/ssh/ssh_known_hosts');
    expect(await readFile(file, 'utf8')).toMatch(/\n\|1\|/);
    expect(await ssh(app1, file)).toBe('trusted');
    expect(await ssh(app2, file)).toBe('trusted');
  });

  it('what accept-new learns is trusted by OpenSSH', async () => {
    const { lines } = parseKnownHosts(await readFile(join(folder, 'keys', `localhost:${app2.port}`), 'utf8'), 'app2');
    const file = join(folder, 'learnt');
    for (const { key } of lines) await learnHostKey(file, 'localhost', app2.port, key);
    expect(await ssh(app2, file)).toBe('trusted');
    expect(await ssh(app1, file)).toBe('refused');
  });
});
