import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LtsConfError, readLtsConf } from '../../src/settings/lts-conf.js';

const client = { hostName: 'Pc01', addresses: ['10.0.0.7'], macs: ['AA:BB:CC:00:11:22'] };
const read = (text: string) => readLtsConf(text, 'lts.conf', client);

describe('lts.conf', () => {
  it('gives every client the default section, in any case', () => {
    expect(read('[Default]\nLDM_SERVER = a b\n')).toEqual({ LDM_SERVER: 'a b' });
  });

  it('lets host name, then address, then MAC, then globs stand over the default', () => {
    const text = `
[default]
A=default
B=default
C=default
D=default
E=default
[pc*]
A=glob
B=glob
C=glob
D=glob
[aa:bb:cc:00:11:22]
A=mac
B=mac
C=mac
[10.0.0.7]
A=address
B=address
[pc01]
A=name
[pc02]
A=other
`;
    expect(read(text)).toEqual({ A: 'name', B: 'address', C: 'mac', D: 'glob', E: 'default' });
  });

  it('takes quotes off and comments away', () => {
    expect(read('[default]\nA="x # y" # note\nB=\'z\'\nC = plain # note\n# D=1\n')).toEqual({
      A: 'x # y',
      B: 'z',
      C: 'plain',
    });
  });

  it('adds what LIKE names behind the own values', () => {
    expect(read('[lab]\nA=lab\nB=lab\n[pc01]\nLIKE = lab\nA=own\n')).toEqual({ A: 'own', B: 'lab' });
  });

  it.each([
    ['[default]\nnonsense\n', 'lts.conf:2'],
    ['A=1\n', 'lts.conf:1'],
    ['[default]\nA="open\n', 'lts.conf:2'],
    ['[default]\nLIKE=gone\n', 'lts.conf:2'],
    ['[default]\nLIKE=a\n[a]\nLIKE=default\n', 'lts.conf:4'],
  ])('refuses %j, naming file and line', (text, place) => {
    let error: unknown;
    try {
      read(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LtsConfError);
    expect(String(error)).toContain(place);
  });

  it('takes any text, or refuses it by file and line; every name it gives stands in the text', () => {
    const word = fc.constantFrom(
      'A',
      'LIKE',
      '__proto__',
      'constructor',
      'pc*',
      '[pc01]',
      '[default]',
      '[',
      ']',
      '"',
      '=',
    );
    const soup = fc.array(fc.oneof(word, fc.constantFrom(' ', '\n', '\r\n', '#', '\0'), fc.string({ maxLength: 6 })));
    fc.assert(
      fc.property(
        soup.map((words) => words.join('')),
        (text) => {
          try {
            for (const [name, value] of Object.entries(read(`[default]\n${text}`))) {
              expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
              expect(text).toContain(name);
              expect(text).toContain(value);
            }
          } catch (error) {
            if (!(error instanceof LtsConfError)) throw error;
            expect(error.message).toMatch(/^lts\.conf:\d+: /);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('gives back whatever was written, under every name', () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString'),
      fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/),
    );
    const value = fc.string({ maxLength: 20 }).filter((one) => !/["\r\n\u2028\u2029]/.test(one));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const wanted = Object.fromEntries(pairs.filter(([one]) => one !== 'LIKE'));
        const lines = Object.entries(wanted).map(([one, text]) => `${one} = "${text}"\n`);
        expect(Object.entries(read(`[default]\n${lines.join('')}`))).toEqual(Object.entries(wanted));
      }),
    );
  });
});
