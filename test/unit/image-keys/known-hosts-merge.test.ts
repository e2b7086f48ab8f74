import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockEnd,
  blockStart,
  findContradictions,
  isRollOut,
  isRollOutFile,
  mergeLines,
  readBlockedFile,
} from '../../../src/image-keys/known-hosts-merge.js';
import { type KnownHostsLine, knownHosts, parseKnownHosts } from '../../../src/session/host-keys/known-hosts.js';
import { hashed as hashedWith } from '../support/public-keys.js';

const ed25519 = (byte: number): string =>
  Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.alloc(32, byte)]).toString('base64');
const key = (byte: number): string => `ssh-ed25519 ${ed25519(byte)}`;
const rsa = `ssh-rsa ${Buffer.concat([
  Buffer.from('\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01', 'latin1'),
  Buffer.alloc(257, 7),
]).toString('base64')}`;
const lines = (text: string, file = 'kh'): KnownHostsLine[] => {
  const parsed = parseKnownHosts(text, file);
  expect(parsed.problems).toEqual([]);
  return parsed.lines;
};
const hashed = (name: string): string => hashedWith(name, Buffer.alloc(20, 1));

describe('Merged lines', () => {
  it('hold one line for each key, with all its names, names before addresses, sorted, without comments', () => {
    const text = [
      `10.0.0.2,App2 ${key(2)} by hand`,
      `app1 ${key(1)}`,
      '# a comment',
      `app1.school,10.0.0.1,app1 ${key(1)}`,
      `app1 ${rsa}`,
      `[::1]:2222,[app3]:2222 ${key(3)}`,
    ];
    expect(mergeLines(lines(text.join('\n')))).toEqual(
      [
        `[app3]:2222,[::1]:2222 ${key(3)}`,
        `app1 ${rsa}`,
        `app1,app1.school,10.0.0.1 ${key(1)}`,
        `app2,10.0.0.2 ${key(2)}`,
      ].sort(),
    );
  });

  it('keep wildcards, refusals, hashed names and markers apart, each once', () => {
    const text = [
      `*.school,!app9.school ${key(1)}`,
      `*.SCHOOL,!app9.school ${key(1)}`,
      `${hashed('app1')} ${key(1)}`,
      `${hashed('app1')} ${key(1)} again`,
      `@revoked * ${key(4)}`,
      `@revoked app1 ${key(4)}`,
      `@cert-authority *.school ${key(5)}`,
      `app1 ${key(1)}`,
      `app2,*.lab ${key(1)}`,
      `app3,!app9 ${key(1)}`,
    ];
    expect(mergeLines(lines(text.join('\n')))).toEqual([
      `*.school,!app9.school ${key(1)}`,
      `@cert-authority *.school ${key(5)}`,
      `@revoked * ${key(4)}`,
      `@revoked app1 ${key(4)}`,
      `app1 ${key(1)}`,
      `app2,*.lab ${key(1)}`,
      `app3,!app9 ${key(1)}`,
      `${hashed('app1')} ${key(1)}`,
    ]);
  });

  const name = fc.constantFrom('a', 'A', 'b', 'a.b', '*.b', '?', '!a', '!a.b', '10.0.0.1', '[a]:2222', '[b]:*');
  const names = fc
    .array(name, { minLength: 1, maxLength: 4 })
    .filter((list) => list.some((one) => !one.startsWith('!')))
    .map((list) => list.join(','));
  const line = fc
    .tuple(
      fc.constantFrom('', '', '', '@revoked ', '@cert-authority '),
      fc.oneof(names, fc.constantFrom('a', '[a]:2222').map(hashed)),
      fc.constantFrom(key(1), key(2), rsa),
    )
    .map(([marker, who, what]) => `${marker}${who} ${what}`);
  const file = fc.array(line, { maxLength: 15, size: 'max' });

  it('say the same of every host as the lines they were made of', () => {
    fc.assert(
      fc.property(file, (text) => {
        const before = lines(text.join('\n'));
        const after = lines(mergeLines(before).join('\n'));
        const [was, is] = [knownHosts(before), knownHosts(after)];
        for (const [host, port] of [
          ['a', 22],
          ['b', 22],
          ['a.b', 22],
          ['10.0.0.1', 22],
          ['a', 2222],
          ['b', 23],
        ] as const) {
          expect([...is.keyTypes(host, port)].sort()).toEqual([...was.keyTypes(host, port)].sort());
          for (const { key: shown } of before) {
            expect(is.verdict(host, port, shown).kind).toBe(was.verdict(host, port, shown).kind);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are the same whatever the order of the files, and merging them again changes nothing', () => {
    fc.assert(
      fc.property(
        file.chain((text) => fc.tuple(fc.constant(text), fc.shuffledSubarray(text, { minLength: text.length }))),
        ([text, shuffled]) => {
          const merged = mergeLines(lines(text.join('\n')));
          expect(mergeLines(lines(shuffled.join('\n')))).toEqual(merged);
          expect(mergeLines(lines(merged.join('\n')))).toEqual(merged);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('A contradiction', () => {
  const between = (first: string, second: string) =>
    findContradictions([...lines(first, 'one'), ...lines(`# head\n${second}`, 'two')]);

  it.each([
    ['a plain name', `app1 ${key(1)}`, `x,APP1 ${key(2)}`, 'app1'],
    ['a name with a port', `[app1]:2222 ${key(1)}`, `[app1]:2222 ${key(2)}`, '[app1]:2222'],
    ['a shared address', `app1,10.0.0.1 ${key(1)}`, `app2,10.0.0.1 ${key(2)}`, '10.0.0.1'],
    ['a wildcard', `*.school ${key(1)}`, `app1.school ${key(2)}`, 'app1.school'],
    ['a wildcard in the later line', `app1.school ${key(1)}`, `*.school ${key(2)}`, 'app1.school'],
    ['a wildcard beside a name', `app9,*.school ${key(1)}`, `app1.school ${key(2)}`, 'app1.school'],
    ['a hashed name', `app1 ${key(1)}`, `${hashed('app1')} ${key(2)}`, 'app1'],
    [
      'a hash and its copy',
      `${hashed('app1')} ${key(1)}`,
      `${hashed('app1')} ${key(2)}`,
      expect.stringContaining('|1|'),
    ],
    ['one pattern twice', `*.school ${key(1)}`, `*.school ${key(2)}`, '*.school'],
  ])('by %s is found, with the place of each line', (_, first, second, name) => {
    expect(between(first, second)).toEqual([
      { name, type: 'ssh-ed25519', first: { file: 'one', line: 1 }, second: { file: 'two', line: 2 } },
    ]);
  });

  it.each([
    ['one key twice', `app1 ${key(1)}`, `app1 ${key(1)}`],
    ['one key by a wildcard and by a name', `*.school ${key(1)}`, `app1.school ${key(1)}`],
    ['keys of different types', `app1 ${key(1)}`, `app1 ${rsa}`],
    ['keys of different types by a wildcard', `*.school ${key(1)}`, `app1.school ${rsa}`],
    ['different ports', `app1 ${key(1)}`, `[app1]:2222 ${key(2)}`],
    ['a pattern that refuses the name', `*.school,!app1.school ${key(1)}`, `app1.school ${key(2)}`],
    ['a revoked key', `app1 ${key(1)}`, `@revoked app1 ${key(2)}`],
    ['two authorities', `@cert-authority * ${key(1)}`, `@cert-authority * ${key(2)}`],
  ])('is not seen in %s', (_, first, second) => {
    expect(between(first, second)).toEqual([]);
  });
});

describe('The next keys of a server', () => {
  const between = (first: string, second: string): boolean | undefined => {
    const [found] = findContradictions([...lines(`app1 ${key(1)}`, first), ...lines(`app1 ${key(2)}`, second)]);
    return found && isRollOut(found);
  };

  it('are in files that end in .next', () => {
    expect(['app1.next', '/etc/keys.next'].map(isRollOutFile)).toEqual([true, true]);
    expect(['app1', '.next.bak', 'next', '.nextapp'].map(isRollOutFile)).toEqual([false, false, false, false]);
  });

  it('may stand beside its present keys, but not beside other next keys', () => {
    expect(between('a', 'a.next')).toBe(true);
    expect(between('a.next', 'a')).toBe(true);
    expect(between('a', 'b')).toBe(false);
    expect(between('a.next', 'b.next')).toBe(false);
  });
});

describe('A file with a marked block', () => {
  const read = (text: string) => {
    const file = readBlockedFile(text);
    if (file.kind !== 'readable') throw new Error(file.problem);
    return file;
  };

  it('gets the block after the lines that are there, which stay byte for byte', () => {
    expect(read('').withBlock(['x'])).toBe(`${blockStart}\nx\n${blockEnd}\n`);
    expect(read('# mine\r\n  a b\n').withBlock(['x'])).toBe(`# mine\r\n  a b\n${blockStart}\nx\n${blockEnd}\n`);
    expect(read('no line end').withBlock(['x'])).toBe(`no line end\n${blockStart}\nx\n${blockEnd}\n`);
  });

  it('keeps the lines around a block where they are when the block is written again', () => {
    const text = `before\n${blockStart}\nold\nolder\n${blockEnd}\n\nafter\n`;
    expect(read(text).withBlock(['new'])).toBe(`before\n${blockStart}\nnew\n${blockEnd}\n\nafter\n`);
    expect(read(text).byHand).toBe('before\n\n\n\n\n\nafter');
  });

  it('may have blanks around the marks', () => {
    expect(read(` ${blockStart}\r\nold\n\t${blockEnd} \nmine\n`).withBlock(['x'])).toBe(
      `${blockStart}\nx\n${blockEnd}\nmine\n`,
    );
  });

  it('is the same text when the same block is written again', () => {
    for (const text of ['', 'a\n', 'a', '\n\n', 'a\n\n']) {
      const once = read(text).withBlock(['x', 'y']);
      expect(read(once).withBlock(['x', 'y'])).toBe(once);
    }
  });

  it.each([
    [`a\n${blockStart}\nb\n`, 2],
    [`${blockEnd}\n`, 1],
    [`${blockEnd}\n${blockEnd}\n`, 1],
    [`${blockStart}\n${blockStart}\n${blockEnd}\n`, 1],
    [`${blockStart}\n${blockEnd}\nx\n${blockStart}\n${blockEnd}\n`, 4],
    [`${blockEnd}\n${blockStart}\n`, 1],
  ])('with damaged marks %j is not touched', (text, line) => {
    expect(readBlockedFile(text)).toMatchObject({ kind: 'damaged', line });
  });
});
