import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  fingerprint,
  formatKnownHostsLine,
  hostKeyAlgorithms,
  keyType,
  knownHosts,
  learnHostKey,
  loadKnownHosts,
  parseKnownHosts,
} from '../../../src/session/host-keys/known-hosts.js';
import { createLog } from '../../../src/shared/log/log.js';

const field = (bytes: Buffer | string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const ed25519 = (): Buffer => Buffer.concat([field('ssh-ed25519'), field(randomBytes(32))]);
const rsa = (): Buffer =>
  Buffer.concat([
    field('ssh-rsa'),
    field(Buffer.from([1, 0, 1])),
    field(Buffer.concat([Buffer.from([0]), randomBytes(256)])),
  ]);
const ecdsa = (): Buffer => {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return Buffer.concat([field('ecdsa-sha2-nistp256'), field('nistp256'), field(point)]);
};
const line = (names: string, key: Buffer): string => `${names} ${keyType(key)} ${key.toString('base64')}`;
const hashed = (name: string): string => {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};
const known = (...lines: string[]) => {
  const { lines: parsed, problems } = parseKnownHosts(lines.join('\n'), 'kh');
  expect(problems).toEqual([]);
  return knownHosts(parsed);
};

const one = ed25519();
const two = ed25519();
const three = rsa();

describe('a verdict on a host key', () => {
  it.each([
    ['a plain name', 'app1', 'app1', 22],
    ['one of several names', 'x,app1,10.0.0.1', 'app1', 22],
    ['a name in other case', 'App1', 'aPP1', 22],
    ['a hashed name', hashed('app1'), 'APP1', 22],
    ['a name with a port', '[app1]:2222', 'app1', 2222],
    ['a hashed name with a port', hashed('[app1]:2222'), 'app1', 2222],
    ['an IPv6 address', '2001:db8::1', '2001:DB8::1', 22],
    ['an IPv6 address with a port', '[2001:db8::1]:23', '2001:db8::1', 23],
    ['an IPv6 address in another spelling', '2001:db8::1', '2001:0DB8:0:0::1', 22],
    ['an IPv4 address inside an IPv6 one', '::ffff:10.0.0.1', '::FFFF:a00:1', 22],
    ['an IPv6 address as the list of servers spells it', '2001:db8:0:0::1', '2001:db8:0:0::1', 22],
    ['the bare name when the port is not 22', 'app1', 'app1', 2222],
    ['a hash of the bare name when the port is not 22', hashed('app1'), 'app1', 2222],
    ['a name beside one with letters of another alphabet', 'schüler,app1', 'app1', 22],
    ['a wildcard', '*.school', 'app1.school', 22],
    ['a question mark', '10.0.0.?', '10.0.0.7', 22],
    ['a wildcard over a port', '[*]:2222', 'app1', 2222],
    ['a wildcard but for another', '*.school,!app2.school', 'app1.school', 22],
  ])('is known for %s', (_, names, host, port) => {
    expect(known(line(names, one)).verdict(host, port, one)).toEqual({ kind: 'known' });
  });

  it.each([
    ['another name', 'app1', 'app11', 22],
    ['an IPv4 address when the host is that inside an IPv6 one', '10.0.0.1', '::ffff:10.0.0.1', 22],
    ['an exception in another spelling', '*,!2001:db8::1', '2001:db8:0::1', 22],
    ['the port form when the port is 22', '[app1]:22', 'app1', 22],
    ['another port', '[app1]:2222', 'app1', 2223],
    ['a hash of another name', hashed('app2'), 'app1', 22],
    ['a refused name, wherever it stands', '*.school,!app1.school', 'app1.school', 22],
    ['a refused name before its pattern', '!app1,app1', 'app1', 22],
    ['a question mark for no character', 'app1?', 'app1', 22],
  ])('is unknown for %s', (_, names, host, port) => {
    expect(known(line(names, one)).verdict(host, port, one)).toEqual({ kind: 'unknown', knownTypes: [] });
  });

  it('goes by the port form alone where a key is known for it', () => {
    const keys = known(line('[app1]:2222', two), line('app1', one), line('app1', three));
    expect(keys.verdict('app1', 2222, two)).toEqual({ kind: 'known' });
    expect(keys.verdict('app1', 2222, one)).toEqual({ kind: 'changed', at: { file: 'kh', line: 1 } });
    expect(keys.verdict('app1', 2222, three)).toEqual({ kind: 'unknown', knownTypes: ['ssh-ed25519'] });
    expect(keys.keyTypes('app1', 2222)).toEqual(['ssh-ed25519']);
    expect(keys.verdict('app1', 22, two).kind).toBe('changed');
  });

  it('is unknown, not changed, when only the bare name has another key: it may be another server there', () => {
    expect(known(line('app1', one)).verdict('app1', 2222, two)).toEqual({ kind: 'unknown', knownTypes: [] });
  });

  it('is revoked on every port when it is for the bare name', () => {
    const keys = known(`@revoked ${line('app1', one)}`, line('[app1]:2222', one));
    expect(keys.verdict('app1', 2222, one)).toMatchObject({ kind: 'revoked', at: { line: 1 } });
    const onlyPort = known(`@revoked ${line('[app1]:2222', one)}`, line('app1', one));
    expect(onlyPort.verdict('app1', 2222, one).kind).toBe('revoked');
    expect(onlyPort.verdict('app1', 22, one).kind).toBe('known');
  });

  it('is changed when another key of this type is known, and says where', () => {
    expect(known('# head', line('app1', one)).verdict('app1', 22, two)).toEqual({
      kind: 'changed',
      at: { file: 'kh', line: 2 },
    });
  });

  it('is known when a second line has the key, also while keys are being exchanged', () => {
    expect(known(line('app1', one), line('*', two)).verdict('app1', 22, two)).toEqual({ kind: 'known' });
  });

  it('is unknown, with the types that are known, when no key of this type is known', () => {
    expect(known(line('app1', one)).verdict('app1', 22, three)).toEqual({
      kind: 'unknown',
      knownTypes: ['ssh-ed25519'],
    });
  });

  it('is revoked when any matching line revokes the key, before or after a line that accepts it', () => {
    for (const lines of [
      [line('app1', one), `@revoked ${line('*', one)}`],
      [`@revoked ${line('x,app?', one)}`, line('app1', one)],
      [`@revoked ${line(hashed('app1'), one)}`],
    ]) {
      expect(known(...lines).verdict('app1', 22, one)).toMatchObject({ kind: 'revoked', at: { file: 'kh' } });
    }
  });

  it('leaves the other keys of a host alone when one is revoked', () => {
    const keys = known(`@revoked ${line('*', one)}`, line('app1', one), line('app1', three));
    expect(keys.verdict('app1', 22, three)).toEqual({ kind: 'known' });
    expect(keys.keyTypes('app1', 22)).toEqual(['ssh-rsa']);
  });

  it('takes a revocation for other hosts as none', () => {
    expect(known(`@revoked ${line('app2', one)}`, line('app1', one)).verdict('app1', 22, one).kind).toBe('known');
  });

  it('never takes an authority for a host key', () => {
    const keys = known(`@cert-authority ${line('*', one)}`);
    expect(keys.verdict('app1', 22, one)).toEqual({ kind: 'unknown', knownTypes: [] });
    expect(keys.keyTypes('app1', 22)).toEqual([]);
  });

  it('answers for hundreds of hosts over thousands of lines within a second', () => {
    const names = Array.from({ length: 400 }, (_, index) => `app${index}.school`);
    const many = names.flatMap((name) => [one, three, two].map((key) => line(`${name},x-${name}`, key)));
    const keys = known(
      ...many,
      ...Array.from({ length: 20 }, () => line(hashed('other'), one)),
      line('*a*b*c*d*', one),
    );
    const start = performance.now();
    expect(names.every((name) => keys.verdict(name, 22, two).kind === 'known')).toBe(true);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('is quick for a pattern made to be slow', () => {
    const keys = known(line(`${'*a'.repeat(500)}b`, one));
    const start = performance.now();
    expect(keys.verdict('a'.repeat(253), 22, one).kind).toBe('unknown');
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('a known_hosts file', () => {
  it('is read with comments, blank lines, tabs, DOS line ends and trailing comments', () => {
    const text = ['# comment', '', '  \t', `\tapp1\t${keyType(one)}  ${one.toString('base64')}  by hand, 2024`, ''];
    const { lines, problems } = parseKnownHosts(text.join('\r\n'), 'kh');
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([{ names: 'app1', comment: 'by hand, 2024', at: { file: 'kh', line: 4 } }]);
  });

  it.each([
    ['only a name', 'app1'],
    ['a key without a name', line('', one).trim()],
    ['an unknown marker', `@trusted ${line('app1', one)}`],
    ['a marker alone', '@revoked'],
    ['no host in the names', line(',', one)],
    ['nothing but refusals', line('!app1', one)],
    ['a hash of the wrong length', line('|1|AAAA|AAAA', one)],
    ['a hash in a list', line(`${hashed('app1')},app2`, one)],
    ['a name with a control character', line('app\u0007', one)],
    ['a key that is no base64', 'app1 ssh-ed25519 AAAA!'],
    ['a key of version 1', 'app1 1024 35 123456789'],
    ['a type that the key contradicts', `app1 ssh-rsa ${one.toString('base64')}`],
    ['a key cut off', `app1 ssh-ed25519 ${one.subarray(0, -1).toString('base64')}`],
    ['a key with something behind it', `app1 ssh-ed25519 ${Buffer.concat([one, Buffer.from('x')]).toString('base64')}`],
    [
      'a curve that the type contradicts',
      line('app1', Buffer.from(ecdsa().toString('latin1').replace('p256\0\0\0A', 'p384\0\0\0A'), 'latin1')),
    ],
    ['a key of a few bytes', 'app1 ssh-ed25519 AAAA'],
  ])('with %s has a problem that is told by file and line, and keeps its other lines', (_, wrong) => {
    const { lines, problems } = parseKnownHosts(`${line('a', one)}\n${wrong}\n${line('b', two)}`, 'kh');
    expect(lines.map(({ names }) => names)).toEqual(['a', 'b']);
    expect(problems).toEqual([{ file: 'kh', line: 2, problem: expect.stringMatching(/\w+ \w+/) }]);
  });
});

describe('any text at all', () => {
  const word = fc.oneof(
    fc.constantFrom('@revoked', '@cert-authority', '@', 'app1', '*', '!*', ',', '|1|', '|1|AAAA|AAAA', '#', 'ssh-rsa'),
    fc.constantFrom('ssh-ed25519', one.toString('base64'), three.toString('base64'), one.toString('base64').slice(9)),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const anything = fc
    .array(fc.tuple(word, fc.constantFrom(' ', '\t', '\n', '\r\n', '', '\0')))
    .map((parts) => parts.flat().join(''));

  it('is read without a crash: each line that is neither blank nor a comment gives a key or a problem', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { lines, problems } = parseKnownHosts(text, 'kh');
        const meant = text.split('\n').filter((raw) => raw.trim() !== '' && !raw.trim().startsWith('#'));
        expect(lines.length + problems.length).toBe(meant.length);
        const keys = knownHosts(lines);
        for (const host of ['app1', '', text.slice(0, 50)]) keys.verdict(host, 22, Buffer.from(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('makes no host known by a key that stands nowhere in it', () => {
    const shown = ed25519();
    fc.assert(
      fc.property(anything, fc.constantFrom('app1', '*', '', '!'), (text, host) => {
        expect(knownHosts(parseKnownHosts(text, 'kh').lines).verdict(host, 22, shown).kind).not.toBe('known');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the algorithms asked for', () => {
  it('begin with those of the known keys, and then name the rest', () => {
    expect(hostKeyAlgorithms(['ssh-rsa'])).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
    ]);
  });

  it('never hold SHA-1 or DSA, whatever is known', () => {
    for (const types of [[], ['ssh-dss'], ['ssh-rsa', 'ssh-dss'], ['made-up']]) {
      expect(hostKeyAlgorithms(types)).toHaveLength(6);
      expect(hostKeyAlgorithms(types)).not.toContain('ssh-rsa');
      expect(hostKeyAlgorithms(types)).not.toContain('ssh-dss');
    }
  });
});

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
    await writeFile(join(folder, 'plain'), line('plain', one));
    for (const name of ['app1', '.hidden', 'app2~', 'app3.bak', 'sub/app4']) {
      await writeFile(join(dir, name), line(name.replaceAll(/\W/g, ''), one));
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
    await writeFile(file, `nonsense\n${line('app1', one)}\n`);
    const keys = await loadKnownHosts([file, '/dev/null'], log);
    expect(keys.verdict('app1', 22, one)).toEqual({ kind: 'known' });
    expect(lines.join('')).toContain(`file=${file} line=1`);
  });

  it('learn a new host by one more line, in a file that others cannot read', async () => {
    const file = join(folder, 'new', 'deep', 'learnt');
    await learnHostKey(file, 'App1', 2222, one);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, line('unfinished', two), { flag: 'a' });
    await Promise.all([learnHostKey(file, 'app2', 22, two), learnHostKey(file, '::1', 22, three)]);
    const { lines: learned, problems } = parseKnownHosts(await readFile(file, 'utf8'), file);
    expect(problems).toEqual([]);
    expect(learned.map(({ names }) => names).sort()).toEqual(['::1', '[app1]:2222', 'app2', 'unfinished'].sort());
  });

  it.each(['a b', 'a\nb', 'a,b', '*', '!a', '#a', '@a', '|1|a', ''])('never learn the name %j', async (host) => {
    await expect(learnHostKey(join(folder, 'x'), host, 22, one)).rejects.toMatchObject({ code: 'unusable-host-name' });
    expect(() => formatKnownHostsLine([host], one)).toThrow();
  });
});

it('A fingerprint is the same as that of OpenSSH', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  expect(fingerprint(Buffer.from(key, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});
