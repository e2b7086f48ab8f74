import { describe, expect, it } from 'vitest';
import { knownHosts, parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { ed25519, hashed, keyLine, rsa } from '../../support/public-keys.js';

const known = (...lines: string[]) => {
  const { lines: parsed, problems } = parseKnownHosts(lines.join('\n'), 'kh');
  expect(problems).toEqual([]);
  return knownHosts(parsed);
};

const one = ed25519().wire;
const two = ed25519().wire;
const three = rsa().wire;

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
    ['a hashed IPv6 address in another spelling', hashed('2001:db8::1'), '2001:0DB8:0:0::1', 22],
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
    expect(known(keyLine(names, one)).verdict(host, port, one)).toEqual({ kind: 'known' });
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
    ['a name that ends as a name in the line does', 'xapp1', 'app1', 22],
    ['a question mark for no character', 'app1?', 'app1', 22],
  ])('is unknown for %s', (_, names, host, port) => {
    expect(known(keyLine(names, one)).verdict(host, port, one)).toEqual({ kind: 'unknown', knownTypes: [] });
  });

  it('goes by the port form alone where a key is known for it', () => {
    const keys = known(keyLine('[app1]:2222', two), keyLine('app1', one), keyLine('app1', three));
    expect(keys.verdict('app1', 2222, two)).toEqual({ kind: 'known' });
    expect(keys.verdict('app1', 2222, one)).toEqual({ kind: 'changed', at: { file: 'kh', line: 1 } });
    expect(keys.verdict('app1', 2222, three)).toEqual({ kind: 'unknown', knownTypes: ['ssh-ed25519'] });
    expect(keys.keyTypes('app1', 2222)).toEqual(['ssh-ed25519']);
    expect(keys.verdict('app1', 22, two).kind).toBe('changed');
  });

  it('is unknown, not changed, when only the bare name has another key: it may be another server there', () => {
    expect(known(keyLine('app1', one)).verdict('app1', 2222, two)).toEqual({ kind: 'unknown', knownTypes: [] });
  });

  it('is revoked on every port when it is for the bare name', () => {
    const keys = known(`@revoked ${keyLine('app1', one)}`, keyLine('[app1]:2222', one));
    expect(keys.verdict('app1', 2222, one)).toMatchObject({ kind: 'revoked', at: { line: 1 } });
    const onlyPort = known(`@revoked ${keyLine('[app1]:2222', one)}`, keyLine('app1', one));
    expect(onlyPort.verdict('app1', 2222, one).kind).toBe('revoked');
    expect(onlyPort.verdict('app1', 22, one).kind).toBe('known');
  });

  it('is changed when another key of this type is known, and says where', () => {
    expect(known('# head', keyLine('app1', one)).verdict('app1', 22, two)).toEqual({
      kind: 'changed',
      at: { file: 'kh', line: 2 },
    });
  });

  it('is known when a second line has the key, also while keys are being exchanged', () => {
    expect(known(keyLine('app1', one), keyLine('*', two)).verdict('app1', 22, two)).toEqual({ kind: 'known' });
  });

  it('is unknown, with the types that are known, when no key of this type is known', () => {
    expect(known(keyLine('app1', one)).verdict('app1', 22, three)).toEqual({
      kind: 'unknown',
      knownTypes: ['ssh-ed25519'],
    });
  });

  it('is revoked when any matching line revokes the key, before or after a line that accepts it', () => {
    for (const lines of [
      [keyLine('app1', one), `@revoked ${keyLine('*', one)}`],
      [`@revoked ${keyLine('x,app?', one)}`, keyLine('app1', one)],
      [`@revoked ${keyLine(hashed('app1'), one)}`],
    ]) {
      expect(known(...lines).verdict('app1', 22, one)).toMatchObject({ kind: 'revoked', at: { file: 'kh' } });
    }
  });

  it('leaves the other keys of a host alone when one is revoked', () => {
    const keys = known(`@revoked ${keyLine('*', one)}`, keyLine('app1', one), keyLine('app1', three));
    expect(keys.verdict('app1', 22, three)).toEqual({ kind: 'known' });
    expect(keys.keyTypes('app1', 22)).toEqual(['ssh-rsa']);
  });

  it('takes a revocation for other hosts as none', () => {
    expect(known(`@revoked ${keyLine('app2', one)}`, keyLine('app1', one)).verdict('app1', 22, one).kind).toBe('known');
  });

  it('never takes an authority for a host key', () => {
    const keys = known(`@cert-authority ${keyLine('*', one)}`);
    expect(keys.verdict('app1', 22, one)).toEqual({ kind: 'unknown', knownTypes: [] });
    expect(keys.keyTypes('app1', 22)).toEqual([]);
  });

  it('answers for hundreds of hosts over thousands of lines within a second of processor time', () => {
    const names = Array.from({ length: 400 }, (_, index) => `app${index}.school`);
    const many = names.flatMap((name) => [one, three, two].map((key) => keyLine(`${name},x-${name}`, key)));
    const keys = known(
      ...many,
      ...Array.from({ length: 20 }, () => keyLine(hashed('other'), one)),
      keyLine('*a*b*c*d*', one),
    );
    const start = process.cpuUsage();
    expect(names.every((name) => keys.verdict(name, 22, two).kind === 'known')).toBe(true);
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
  });

  it('is quick for a pattern made to be slow', () => {
    const keys = known(keyLine(`${'*a'.repeat(500)}b`, one));
    const start = process.cpuUsage();
    expect(keys.verdict('a'.repeat(253), 22, one).kind).toBe('unknown');
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });
});

describe('the types of keys that are known for a host', () => {
  it('come in the order of the lines, each once', () => {
    const keys = known(keyLine('*', three), keyLine('app1', one), keyLine('app1', two), keyLine(hashed('app1'), three));
    expect(keys.keyTypes('app1', 22)).toEqual(['ssh-rsa', 'ssh-ed25519']);
    expect(keys.verdict('app1', 22, ed25519().wire)).toMatchObject({ kind: 'changed', at: { line: 2 } });
    expect(keys.keyTypes('app2', 22)).toEqual(['ssh-rsa']);
  });

  it('are those of its port where it has a key for that, beside an authority or not', () => {
    const keys = known(
      `@cert-authority ${keyLine('[app1]:2222', two)}`,
      keyLine('[app1]:2222', one),
      keyLine('app1', three),
    );
    expect(keys.keyTypes('app1', 2222)).toEqual(['ssh-ed25519']);
    expect(keys.keyTypes('app1', 23)).toEqual(['ssh-rsa']);
  });
});

describe('the authorities of a host', () => {
  const authority = (names: string, key: Buffer): string => keyLine(`@cert-authority ${names}`, key);

  it('are those whose lines match its name, but for revoked ones', () => {
    const keys = known(
      authority('*.school', one),
      authority('app1.school', two),
      authority('app2.school', three),
      keyLine('app1.school', three),
    );
    expect(keys.authorities('app1.school', 22)).toEqual([one, two]);
    expect(keys.authorities('app1', 22)).toEqual([]);
    const revoked = known(authority('*', one), authority('*', two), keyLine('@revoked *', one));
    expect(revoked.authorities('app1', 22)).toEqual([two]);
  });

  it('are those of its port where that has an authority or a key, and else those of its plain name', () => {
    expect(known(authority('[app1]:2222', one), authority('app1', two)).authorities('app1', 2222)).toEqual([one]);
    expect(known(keyLine('[app1]:2222', one), authority('app1', two)).authorities('app1', 2222)).toEqual([]);
    const beside = known(authority('[app1]:2222', one), keyLine('[app1]:2222', three), authority('app1', two));
    expect(beside.authorities('app1', 2222)).toEqual([one]);
    const revoked = keyLine('@revoked [app1]:2222', three);
    expect(known(revoked, authority('app1', two)).authorities('app1', 2222)).toEqual([two]);
    expect(known(revoked, keyLine('[app1]:2222', one), authority('app1', two)).authorities('app1', 2222)).toEqual([]);
  });
});

describe('a revoked key', () => {
  it('is revoked for the hosts of its line, on the port of its line or on each', () => {
    const keys = known(keyLine('@revoked app1', one), keyLine('@revoked [app1]:2222', two), keyLine('app1', three));
    const isRevoked = (port: number, host = 'app1') => [one, two, three].map((key) => keys.isRevoked(host, port, key));
    expect(isRevoked(22)).toEqual([true, false, false]);
    expect(isRevoked(2222)).toEqual([true, true, false]);
    expect(isRevoked(22, 'app2')).toEqual([false, false, false]);
  });
});
