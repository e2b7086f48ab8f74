import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import {
  isWildcard,
  lookupName,
  matchesAny,
  matchesHost,
  matchesPattern,
  parseKnownHosts,
} from '../../../../src/session/host-keys/known-hosts-line.js';
import { ecdsa, ed25519, hashed, keyLine, rsa, typeOf } from '../../support/public-keys.js';

const one = ed25519().wire;
const two = ed25519().wire;
const three = rsa().wire;

describe('a known_hosts file', () => {
  it('is read with comments, blank lines, tabs, DOS line ends and trailing comments', () => {
    const text = ['# comment', '', '  \t', `\tapp1\t${typeOf(one)}  ${one.toString('base64')}  by hand, 2024`, ''];
    const { lines, problems } = parseKnownHosts(text.join('\r\n'), 'kh');
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([{ names: 'app1', comment: 'by hand, 2024', at: { file: 'kh', line: 4 } }]);
  });

  it('is read without the byte order mark and the blanks around its lines', () => {
    const text = `\ufeff${keyLine('app1', one)}\n \t\t${keyLine('app2', one)} by hand \t\v\f\r\r\n\ufeff${keyLine('app3', one)}`;
    const { lines, problems } = parseKnownHosts(text, 'kh');
    expect(problems).toEqual([]);
    expect(lines.map(({ names }) => names)).toEqual(['app1', 'app2', '\ufeffapp3']);
    expect(lines.map(({ comment }) => comment)).toEqual(['', 'by hand', '']);
  });

  it('is told from one of SSH version 1, whose keys are numbers', () => {
    const problemOf = (type: string) => parseKnownHosts(`app1 ${type} 35 123456789`, 'kh').problems[0]?.problem;
    expect(problemOf('1024')).toBe('a key of SSH version 1');
    for (const type of ['rsa1', '1rsa', 'rsa']) expect(problemOf(type)).toBe('the key is no base64');
  });

  it('may name the type of a key by that of its signatures', () => {
    const named = (type: string) => parseKnownHosts(`app1 ${type} ${three.toString('base64')}`, 'kh').lines;
    for (const type of ['rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa'])
      expect(named(type)).toMatchObject([{ type: 'ssh-rsa' }]);
  });

  it.each([
    ['only a name', 'app1'],
    ['a key without a name', keyLine('', one).trim()],
    ['an unknown marker', `@trusted ${keyLine('app1', one)}`],
    ['a marker alone', '@revoked'],
    ['no host in the names', keyLine(',', one)],
    ['nothing but refusals', keyLine('!app1', one)],
    ['a hash of the wrong length', keyLine('|1|AAAA|AAAA', one)],
    ['a hash in a list', keyLine(`${hashed('app1')},app2`, one)],
    ['a name with a control character', keyLine('app\u0007', one)],
    ['a key that is no base64', 'app1 ssh-ed25519 AAAA!'],
    ['a key of version 1', 'app1 1024 35 123456789'],
    ['a type that the key contradicts', `app1 ssh-rsa ${one.toString('base64')}`],
    ['a key cut off', `app1 ssh-ed25519 ${one.subarray(0, -1).toString('base64')}`],
    ['a key with something behind it', `app1 ssh-ed25519 ${Buffer.concat([one, Buffer.from('x')]).toString('base64')}`],
    [
      'a curve that the type contradicts',
      keyLine('app1', Buffer.from(ecdsa(256).wire.toString('latin1').replace('p256\0\0\0A', 'p384\0\0\0A'), 'latin1')),
    ],
    ['a key of a few bytes', 'app1 ssh-ed25519 AAAA'],
  ])('with %s has a problem that is told by file and line, and keeps its other lines', (_, wrong) => {
    const { lines, problems } = parseKnownHosts(`${keyLine('a', one)}\n${wrong}\n${keyLine('b', two)}`, 'kh');
    expect(lines.map(({ names }) => names)).toEqual(['a', 'b']);
    expect(problems).toEqual([{ file: 'kh', line: 2, problem: expect.stringMatching(/\w+ \w+/) }]);
  });
});

describe('the hosts of a line', () => {
  const hostsOf = (names: string) => {
    const { lines, problems } = parseKnownHosts(keyLine(names, one), 'kh');
    return lines[0]?.hosts ?? problems[0]?.problem;
  };

  it('are names and patterns in lowercase, and those that are refused', () => {
    expect(hostsOf('App1,*.School,,!App9.School')).toEqual({
      kind: 'patterns',
      wanted: ['app1', '*.school'],
      refused: ['app9.school'],
    });
  });

  it('may have patterns of up to 1,022 characters', () => {
    expect(hostsOf(`app1,${'x'.repeat(1_022)}`)).toMatchObject({ kind: 'patterns' });
    expect(hostsOf(`app1,${'x'.repeat(1_023)}`)).toBe('a host name is too long');
  });

  it('are hashed alone, with a salt and a hash of 20 bytes', () => {
    const [salt, hash] = [Buffer.alloc(20, 1), Buffer.alloc(20, 2)];
    const text = (...parts: Buffer[]): string => parts.map((part) => `|${part.toString('base64')}`).join('');
    expect(hostsOf(`|1${text(salt, hash)}`)).toEqual({ kind: 'hashed', salt, hash });
    for (const wrong of [
      `|1${text(salt.subarray(1), hash)}`,
      `|1${text(salt, hash.subarray(1))}`,
      `|1${text(salt)}`,
      `|1${text(salt, hash, hash)}`,
      `|2${text(salt, hash)}`,
      `|2|1${text(salt, hash)}`,
      `|1${text(salt, hash)}`.replaceAll('=', ''),
    ]) {
      expect(hostsOf(wrong)).toBe('the hashed name is damaged');
    }
  });

  it('have the port in their name where it is not 22', () => {
    expect([lookupName('App1', 22), lookupName('App1', 2222)]).toEqual(['app1', '[app1]:2222']);
  });

  it('match by any spelling of a name, and an exception for any of them counts', () => {
    const hosts = (names: string) => {
      const of = hostsOf(names);
      if (typeof of !== 'object') throw new Error(of);
      return of;
    };
    expect(matchesHost(hosts('app?,x'), 'app1')).toBe(true);
    expect(matchesHost(hosts('app?,!app1'), 'app1')).toBe(false);
    expect(matchesHost(hosts(hashed('app1')), 'app1')).toBe(true);
    expect(matchesHost(hosts(hashed('app1')), 'app2')).toBe(false);
    const spellings = ['2001:db8::1', '2001:db8:0::1'];
    for (const names of ['2001:db8:0::1', hashed('2001:db8::1'), hashed('2001:db8:0::1')]) {
      expect(matchesAny(hosts(names), spellings)).toBe(true);
    }
    expect(matchesAny(hosts('*,!2001:db8:0::1'), spellings)).toBe(false);
    expect(matchesAny(hosts(hashed('2001:db8::2')), spellings)).toBe(false);
  });
});

describe('a pattern', () => {
  /** All texts of these characters, up to a length. */
  const texts = (characters: string, length: number): string[] =>
    length === 0
      ? ['']
      : ['', ...texts(characters, length - 1).flatMap((text) => [...characters].map((c) => c + text))];

  it('matches as a regular expression with .* and . for its * and ? does', () => {
    const names = new Set(texts('ab', 3));
    const wrong = [...new Set(texts('a*?', 3))].flatMap((pattern) => {
      const wanted = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      return [...names]
        .filter((name) => matchesPattern(pattern, name) !== wanted.test(name))
        .map((name) => [pattern, name]);
    });
    expect(wrong).toEqual([]);
  });

  it('is more than one name where it has a * or a ?', () => {
    expect(['app1', 'app?', '*.school', ''].map(isWildcard)).toEqual([false, true, true, false]);
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
    const shown = ed25519().wire;
    fc.assert(
      fc.property(anything, fc.constantFrom('app1', '*', '', '!'), (text, host) => {
        expect(knownHosts(parseKnownHosts(text, 'kh').lines).verdict(host, 22, shown).kind).not.toBe('known');
      }),
      { numRuns: 300 },
    );
  });
});
