import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ScanOptions, scanKeys } from '../../../src/commands/keys-scan.js';
import { newHostKey } from '../../../src/demo/cluster/host-key.js';
import { knownHosts, parseKnownHosts } from '../../../src/session/host-keys/known-hosts.js';
import { address } from '../../support/statuses.js';

const ed25519 = newHostKey().private;
const otherEd25519 = newHostKey().private;
const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private;

let folder = '';
let out: string[] = [];
let err: string[] = [];
let signIns = 0;
let ends: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ldm-keys-scan-'));
  signIns = 0;
});
afterEach(async () => {
  for (const end of ends) end();
  ends = [];
  await rm(folder, { recursive: true, force: true });
});

/** An ssh server on loopback that counts every attempt to sign in. @returns its port */
function sshServer(hostKeys: string[], host = '127.0.0.1', port = 0): Promise<number> {
  const server = new ssh2.Server({ hostKeys }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      signIns++;
      context.reject();
    });
  });
  return listen(server as unknown as NetServer, host, port);
}

function plainServer(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  return listen(server, '127.0.0.1', 0);
}

function listen(server: NetServer, host: string, port: number): Promise<number> {
  ends.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function scan(names: string[], options: Partial<ScanOptions> = {}, addresses = ['127.0.0.1']): Promise<number> {
  out = [];
  err = [];
  return scanKeys(names.map(address), {
    directory: undefined,
    overOtherKeys: 'refuse',
    dependencies: { addressesOf: async () => addresses, timeoutMs: 5_000, paceMs: 0 },
    io: { out: (line) => out.push(line), err: (line) => err.push(line) },
    ...options,
  });
}

describe('ldm keys scan', () => {
  it('prints every key type that the server has, each under a comment with its fingerprint', async () => {
    const port = await sshServer([rsa, ed25519, ecdsa]);
    expect(await scan([`app1:${port}`])).toBe(0);
    const { lines, problems } = parseKnownHosts(out.join('\n'), 'out');
    expect(problems).toEqual([]);
    expect(lines.map(({ type }) => type)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa']);
    const known = knownHosts(lines);
    for (const line of lines) expect(known.verdict('app1', port, line.key).kind).toBe('known');
    expect(out.filter((line) => /^# \[app1\]:\d+ \S+ SHA256:[\w+/]{43}$/.test(line))).toHaveLength(3);
    expect(err).toEqual([]);
  });

  it('sends no user name and tries no sign-in', async () => {
    const port = await sshServer([ed25519, rsa]);
    await scan([`app1:${port}`]);
    // What would come late has come by then.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(signIns).toBe(0);
  });

  it('connects once for each key type, and not faster than sshd forgives', async () => {
    const port = await sshServer([ed25519, rsa, ecdsa]);
    const connections: number[] = [];
    const relay = await plainServer((socket) => {
      connections.push(performance.now());
      const server = connect(port, '127.0.0.1').on('error', () => {});
      socket.pipe(server).pipe(socket);
    });
    const dependencies = { addressesOf: async () => ['127.0.0.1'], timeoutMs: 5_000 };
    expect(await scan([`app1:${relay}`], { dependencies })).toBe(0);
    expect(connections).toHaveLength(3);
    const [first = 0, , last = 0] = connections;
    // Two seconds of penalty have passed when the third comes.
    expect(last - first).toBeGreaterThan(2_000);
  });

  it('names a server by its addresses too, but not by the loopback address that leads elsewhere from elsewhere', async () => {
    const port = await sshServer([ed25519], '::');
    // To connect to 0.0.0.0 is to connect to this machine, and it is no loopback address.
    await scan([`app1:${port}`], {}, ['127.0.0.1', '0.0.0.0', '::ffff:127.0.0.1', '::1']);
    expect(parseKnownHosts(out.join('\n'), 'out').lines[0]?.names).toBe(`[app1]:${port},[0.0.0.0]:${port}`);
    await scan([`127.0.0.1:${port}`]);
    expect(parseKnownHosts(out.join('\n'), 'out').lines[0]?.names).toBe(`[127.0.0.1]:${port}`);
  });

  it('leaves out an address that is silent and says so', async () => {
    const port = await sshServer([ed25519]);
    expect(await scan([`app1:${port}`], {}, ['127.0.0.1', '127.0.0.9'])).toBe(0);
    expect(err).toEqual([`app1:${port}: left out, 127.0.0.9: it refuses the connection`]);
  });

  it('takes no name that two machines with different keys share', async () => {
    const port = await sshServer([ed25519], '127.0.0.1');
    await sshServer([otherEd25519], '127.0.0.2', port);
    expect(await scan([`app1:${port}`], { directory: folder }, ['127.0.0.1', '127.0.0.2'])).toBe(69);
    expect(err.join()).toContain('127.0.0.1 and 127.0.0.2 show different keys');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['silent', 'no answer in time', () => {}],
    ['closing', 'it closed the connection before it showed its keys', (socket: Socket) => socket.end()],
    ['cut off after its greeting', 'it closed the connection', (socket: Socket) => socket.end('SSH-2.0-x\r\n')],
    ['silent after its greeting', 'no answer in time', (socket: Socket) => socket.write('SSH-2.0-x\r\n')],
    ['turning away', 'it rejects this machine', (socket: Socket) => socket.end('Not allowed at this time\r\n')],
    ['busy', 'it has too many logins in progress', (socket: Socket) => socket.end('Exceeded MaxStartups\r\n')],
    ['no ssh server', 'it closed the connection', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['talking garbage', 'it does not speak ssh', (socket: Socket) => socket.write(`SSH-2.0-x\r\n${'\xff'.repeat(99)}`)],
  ])('ends with 69 for a server that is %s, says why, and writes the others', async (_, reason, talk) => {
    const [bad, good] = [await plainServer(talk), await sshServer([ed25519])];
    const dependencies = { addressesOf: async () => ['127.0.0.1'], timeoutMs: 2_000 };
    expect(await scan([`bad:${bad}`, `good:${good}`], { directory: folder, dependencies })).toBe(69);
    expect(err).toEqual([expect.stringContaining(`bad:${bad}: 127.0.0.1: ${reason}`)]);
    expect(await readdir(folder)).toEqual([`good:${good}`]);
  });

  it('says that a name does not resolve, also when the resolver is silent', async () => {
    const lost = async (): Promise<never> => {
      throw Object.assign(new Error('lost'), { code: 'ENOTFOUND' });
    };
    expect(await scan(['lost'], { dependencies: { addressesOf: lost, timeoutMs: 5_000 } })).toBe(69);
    expect(err).toEqual(['lost: its name does not resolve (ENOTFOUND)']);
    const silent = (): Promise<never> => new Promise(() => {});
    expect(await scan(['mute'], { dependencies: { addressesOf: silent, timeoutMs: 100 } })).toBe(69);
    expect(err).toEqual(['mute: its name does not resolve']);
  });
});

describe('ldm keys scan --dir', () => {
  const directory = (): string => join(folder, 'new', 'keys');
  const file = (port: number): string => join(directory(), `app1:${port}`);

  it('writes one file a host, named after it and without its capitals', async () => {
    const [one, two] = [await sshServer([ed25519]), await sshServer([rsa])];
    expect(await scan([`App1:${one}`, `app2:${two}`], { directory: directory() })).toBe(0);
    expect(await readdir(directory())).toEqual([`app1:${one}`, `app2:${two}`].sort());
    const { lines, problems } = parseKnownHosts(await readFile(file(one), 'utf8'), 'file');
    expect(problems).toEqual([]);
    expect(lines.map(({ names }) => names)).toEqual([`[app1]:${one}`]);
  });

  it('changes nothing when the server still shows the same keys', async () => {
    const port = await sshServer([ed25519, rsa]);
    await scan([`app1:${port}`], { directory: directory() });
    const before = await readFile(file(port), 'utf8');
    expect(await scan([`app1:${port}`], { directory: directory() })).toBe(0);
    expect(out[0]).toBe(`${file(port)}: unchanged`);
    expect(await readFile(file(port), 'utf8')).toBe(before);
  });

  it.each([
    ['another key of the type', [otherEd25519]],
    ['a further type', [ed25519, rsa]],
    ['a type less', []],
  ])('never writes over a file when the server shows %s, but for --replace', async (_, keys) => {
    const port = await sshServer(keys.length > 0 ? keys : [ed25519]);
    const first = keys.length > 0 ? [ed25519] : [ed25519, rsa];
    const firstPort = await sshServer(first);
    await scan([`app1:${firstPort}`], { directory: directory() });
    const before = (await readFile(file(firstPort), 'utf8')).replaceAll(`:${firstPort}`, `:${port}`);
    await writeFile(file(port), before);

    expect(await scan([`app1:${port}`], { directory: directory() })).toBe(65);
    expect(await readFile(file(port), 'utf8')).toBe(before);
    expect(err.join('\n')).toMatch(
      /holds other keys and is kept; --replace[\s\S]*line \d+: ssh-ed25519 SHA256:[\s\S]*shown now/,
    );

    expect(await scan([`app1:${port}`], { directory: directory(), overOtherKeys: 'replace' })).toBe(0);
    const kept = knownHosts(parseKnownHosts(await readFile(file(port), 'utf8'), 'file').lines);
    expect(kept.keyTypes('app1', port)).toHaveLength(Math.max(keys.length, 1));
    expect(await scan([`app1:${port}`], { directory: directory() })).toBe(0);
  });

  it('keeps a file that it cannot read as host keys', async () => {
    const port = await sshServer([ed25519]);
    await scan([`app1:${port}`], { directory: directory() });
    await writeFile(file(port), `${await readFile(file(port), 'utf8')}something else\n`);
    expect(await scan([`app1:${port}`], { directory: directory() })).toBe(65);
    expect(await readFile(file(port), 'utf8')).toContain('something else');
  });

  it('ends with 73 when the directory cannot be written', async () => {
    const port = await sshServer([ed25519]);
    await writeFile(join(folder, 'file'), '');
    expect(await scan([`app1:${port}`], { directory: join(folder, 'file') })).toBe(73);
    expect(err.join()).toContain('cannot be written (ENOTDIR)');
  });
});
