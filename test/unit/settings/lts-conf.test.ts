import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileText, readLtsConf } from '../../../src/settings/files/lts-conf.js';
import { isKnownVariable } from '../../../src/settings/known-variables.js';

const client = { hostName: 'Pc01', addresses: ['10.0.0.7'], macs: ['AA:BB:CC:00:11:22'] };

/** What the files say to the client, beginning with `/lts.conf`. */
function readFiles(files: Readonly<Record<string, string>>) {
  const file = (name: string): FileText => {
    const text = files[name];
    const missing = text === undefined && { failed: 'there is no such file' };
    return { id: name, text: text ?? '', problems: [], unreadable: [], ...missing };
  };
  const { entries, problems } = readLtsConf('/lts.conf', client, file, isKnownVariable);
  const said = [...entries.values()];
  return {
    values: Object.fromEntries(said.map(({ variable, value }) => [variable, value])),
    places: Object.fromEntries(said.map(({ variable, place }) => [variable, `${place.file}:${place.line}`])),
    problems: problems.map(({ origin, text }) => `${origin === 'environment' ? '' : origin?.line}: ${text}`),
  };
}
const readText = (text: string) => readFiles({ '/lts.conf': text });
const read = (text: string) => {
  const { values, problems } = readText(text);
  expect(problems).toEqual([]);
  return values;
};

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

  it.each([
    '[pc0[0-3]]',
    '["pc0[0-3]"]',
    '[PC0[!2-9]]',
    '[10.0.0.[5-9]]',
    '[10.0.0.?]',
    '[aa:bb:cc:*]',
    '[aa-bb-cc-00-11-22]',
    '[pc[[:digit:]]1]',
    '[*]',
    '[  pc01  ]',
    '["pc01"]',
    `[${'*'.repeat(300)}]`,
  ])('takes %s for this client', (section) => {
    expect(read(`[pc02]\nA=2\n${section}\nA=1\n`)).toEqual({ A: '1' });
  });

  it.each([
    '[pc0[2-9]]',
    '[pc0[!1]]',
    '[10.0.0]',
    '[pc?]',
    '[pc0\\*]',
    '[pc0\\1]',
    '[0.0.0.7]',
    `[${'*'.repeat(301)}]`,
  ])('does not take %s for this client', (section) => {
    expect(read(`${section}\nA=1\n`)).toEqual({});
  });

  it('is for a client called default what it is for any other', () => {
    const text = '[default]\nA=default\nB=default\n[d*]\nA=glob\n';
    const file = (id: string): FileText => ({ id, text, problems: [], unreadable: [] });
    const { entries } = readLtsConf('/lts.conf', { ...client, hostName: 'default' }, file, isKnownVariable);
    expect([...entries.values()].map(({ value }) => value)).toEqual(['glob', 'default']);
  });

  it('keeps the lines of other clients apart', () => {
    const text = '[pc01]\nA=1\n[pc02]\nB=2\nC=3\nLIKE=pc03\n[pc03]\nD=4\n[pc*]\nE=5\n';
    const file = (id: string): FileText => ({ id, text, problems: [], unreadable: [] });
    const { others } = readLtsConf('/lts.conf', client, file, isKnownVariable);
    expect(others.map(({ variable, value, place }) => [place.section, variable, value])).toEqual([
      ['pc02', 'B', '2'],
      ['pc02', 'C', '3'],
      ['pc03', 'D', '4'],
    ]);
  });

  it('does not take a setting for unset that is named in the unreadable part of a file', () => {
    const file = (id: string): FileText => ({ id, text: '', problems: [], unreadable: ['LDM_USER_ALLOW'] });
    const { entries } = readLtsConf('/lts.conf', client, file, isKnownVariable);
    expect([...entries.values()]).toEqual([
      {
        variable: 'LDM_USER_ALLOW',
        value: undefined,
        place: { file: '/lts.conf', line: 0, section: 'default' },
      },
    ]);
  });

  it('takes quotes off and comments of both kinds away', () => {
    const text = `A="x # y" # note
B='z' ; note
C = plain # note
D = plain ; note
# E=1
   ; F=1
G=#
H="a;b"
I=a;b
`;
    expect(read(`[default] # the school\n${text}`)).toEqual({
      A: 'x # y',
      B: 'z',
      C: 'plain',
      D: 'plain',
      G: '',
      H: 'a;b',
      I: 'a;b',
    });
  });

  it.each([
    ['A="say \\"hi\\""', 'say "hi"'],
    ['A="a\\\\b"', 'a\\b'],
    ['A="DOM\\anna"', 'DOM\\anna'],
    ['A="C:\\"', 'C:\\'],
    ['A="cost \\$5 \\`x\\`"', 'cost $5 `x`'],
    ["A='a\\'", 'a\\'],
    ['A="it\'s"', "it's"],
    ['A="one ""two"', 'one two'],
    ['A="say "hi" there"', 'say hi there'],
    ['A=plain "quoted" text', 'plain "quoted" text'],
    ['A=""', ''],
    ['  A  =  b  ', 'b'],
    ['a=b', 'b'],
    ['export A=b', 'b'],
    ['A=None', ''],
    ['A=" none "', ''],
    ['A=nonesuch', 'nonesuch'],
    ['A=anyone none', 'anyone none'],
  ])('reads the line %s as the classic and its shell did', (line, value) => {
    expect(read(`[default]\n${line}\n`)).toEqual({ A: value });
  });

  it.each([
    ['LDM_SERVER="s1 s2" LDM_BALANCE=best', { LDM_SERVER: 's1 s2', LDM_BALANCE: 'best' }],
    ['LDM_SERVER=s1 s2 LDM_BALANCE=best # note', { LDM_SERVER: 's1 s2', LDM_BALANCE: 'best' }],
    ['A=1 SOUND=y XKBLAYOUT=de', { A: '1', SOUND: 'y', XKBLAYOUT: 'de' }],
    ['[default] A="1" B="2"   C=3', { A: '1', B: '2', C: '3' }],
    ['LDM_SSHOPTIONS=-o Compression=yes -p 22', { LDM_SSHOPTIONS: '-o Compression=yes -p 22' }],
    ['LDM_SSHOPTIONS=-o Port=22 LDM_SERVER=a', { LDM_SSHOPTIONS: '-o Port=22', LDM_SERVER: 'a' }],
    ['CLIENT_ENV=MY_A=b MY_C=d', { CLIENT_ENV: 'MY_A=b MY_C=d' }],
    ['LDM_GREETING=Welcome, user = your name', { LDM_GREETING: 'Welcome, user = your name' }],
    ['LDM_SERVER=[::1]:22 b', { LDM_SERVER: '[::1]:22 b' }],
  ])('reads several assignments on the line %s', (line, values) => {
    expect(read(`[default]\n${line}\n`)).toEqual(values);
  });

  it('counts lines before the first section as those of the default section', () => {
    expect(read('A=1\nB=1\n[pc01]\nB=2\n')).toEqual({ A: '1', B: '2' });
  });

  it.each(['\r\n', '\r', '\n'])('takes line ends of every kind: %j', (end) => {
    expect(read(['\ufeff[default]', 'A=1', 'B="2"', '# C=3', '[pc01]', 'D=4', ''].join(end))).toEqual({
      A: '1',
      B: '2',
      D: '4',
    });
  });

  it('adds what LIKE names behind the own values, several of them, nearest first', () => {
    const sections = '[lab]\nA=lab\nB=lab\nLIKE=building\n[building]\nC=building\nD=building\n[kiosk]\nC=kiosk\n';
    expect(read(`${sections}[pc01]\nlike = lab\nA=own\nLIKE="[Kiosk]"\n`)).toEqual({
      A: 'own',
      B: 'lab',
      C: 'kiosk',
      D: 'building',
    });
    expect(read(`${sections}[pc01]\nINCLUDE=lab\n`)).toMatchObject({ A: 'lab', D: 'building' });
    expect(read(`${sections}[pc01]\nLIKE=" [ Kiosk ] "\n`)).toEqual({ C: 'kiosk' });
  });

  it.each(['LIKE=pc0[2-5]', 'LIKE=[pc0[2-5]]'])('adds with %s the section of a pattern', (line) => {
    expect(read(`[pc0[2-5]]\nA=1\n[pc01]\n${line}\n`)).toEqual({ A: '1' });
  });

  it('adds a section once that several sections are like', () => {
    const text = 'LIKE=a\nLIKE=b\n[a]\nLIKE=c\n[b]\nLIKE=c\n[c]\nLIKE=gone\n';
    expect(readText(text).problems).toEqual(['8: LIKE="gone" is left out: there is no such section']);
  });

  it('follows LIKE through 16 sections', () => {
    const sections = Array.from({ length: 18 }, (_, index) => `[s${index}]\nA${index}=1\nLIKE=s${index + 1}\n`);
    const { values, problems } = readText(`LIKE=s1\n${sections.join('')}[s18]\n`);
    expect(Object.keys(values)).toEqual(Array.from({ length: 16 }, (_, index) => `A${index + 1}`));
    expect(problems).toEqual([expect.stringContaining('LIKE="s17" is left out')]);
  });

  it('reports the problem of a section once where two interfaces have the address of the section', () => {
    const file = (id: string): FileText => ({ id, text: '[10.0.0.7]\nLIKE=gone\n', problems: [], unreadable: [] });
    const twice = { ...client, addresses: ['10.0.0.7', '10.0.0.7'] };
    const { problems } = readLtsConf('/lts.conf', twice, file, isKnownVariable);
    expect(problems).toMatchObject([{ code: 'invalid-line', severity: 'warning' }]);
  });

  it('puts two sections of one name together', () => {
    expect(read('[default]\nA=1\nB=1\n[pc02]\nA=3\n[DEFAULT]\nB=2\n')).toEqual({ A: '1', B: '2' });
  });

  it('reads included files where they stand, and knows the place of each value', () => {
    const { values, places, problems } = readFiles({
      '/lts.conf': '[default]\nA=1\ninclude sub/rooms.conf\nB=2\ninclude "/etc/more conf"\n',
      '/sub/rooms.conf': 'C=3\n[pc01]\nA=own\n',
      '/etc/more conf': 'D=4\n',
    });
    expect(problems).toEqual([]);
    expect(values).toEqual({ A: 'own', B: '2', C: '3', D: '4' });
    expect(places).toEqual({ A: '/sub/rooms.conf:3', B: '/lts.conf:4', C: '/sub/rooms.conf:1', D: '/etc/more conf:1' });
  });

  it('leaves out an include that leads back, and the files behind it are still read', () => {
    const { values, problems } = readFiles({
      '/lts.conf': 'A=1\ninclude /b\nB=2\n',
      '/b': 'C=3\ninclude /lts.conf\nD=4\n',
    });
    expect(values).toEqual({ A: '1', B: '2', C: '3', D: '4' });
    expect(problems).toEqual(['2: include "/lts.conf" is left out: it leads back to a file that includes it']);
  });

  it('leaves out an include of a file that cannot be read, and reads the rest', () => {
    const { values, problems } = readFiles({ '/lts.conf': 'A=1\ninclude gone\nB=2\n' });
    expect(values).toEqual({ A: '1', B: '2' });
    expect(problems).toEqual(['2: include "gone" is left out: there is no such file']);
  });

  it('reads 16 files that include one another', () => {
    const files = Array.from({ length: 17 }, (_, index) => [
      index === 0 ? '/lts.conf' : `/${index}`,
      `A${index}=1\ninclude /${index + 1}\n`,
    ]);
    const { values, problems } = readFiles(Object.fromEntries(files));
    expect(Object.keys(values)).toHaveLength(16);
    expect(problems).toEqual([expect.stringContaining('include "/16" is left out')]);
  });

  it('reads each file once, and a hundred of them', () => {
    const lines = Array.from({ length: 101 }, (_, index) => `include /${index}\n`);
    const names: string[] = [];
    const file = (id: string): FileText => {
      names.push(id);
      return { id, text: id === '/lts.conf' ? lines.join('') : `A=1\n`, problems: [], unreadable: [] };
    };
    const { problems } = readLtsConf('/lts.conf', client, file, isKnownVariable);
    expect(names).toEqual(['/lts.conf', ...Array.from({ length: 99 }, (_, index) => `/${index}`)]);
    expect(problems.map(({ origin }) => (typeof origin === 'object' ? origin.line : 0))).toEqual([100, 101]);
  });

  it('reads no more than a hundred files, however they include one another', () => {
    let files = 0;
    const file = (name: string): FileText => {
      files += 1;
      return { id: `${name} ${files}`, text: 'include /x\ninclude /y\nA=1\n', problems: [], unreadable: [] };
    };
    const { entries, problems } = readLtsConf('/lts.conf', client, file, isKnownVariable);
    expect(entries.get('A')?.value).toBe('1');
    expect(files).toBeLessThan(1_000);
    expect(problems.length).toBeGreaterThan(0);
  });

  it.each([
    ['[default]\nnonsense\nA=1', '2: the line cannot be read: neither [section] nor NAME=value'],
    ['A="open', '1: the line cannot be read: a quote is not closed'],
    ['[default', '1: the line cannot be read: a section name is not closed by ]'],
    ['[]\nA=1', '1: the line cannot be read: a section has no name'],
    ['include', '1: the line cannot be read: neither [section] nor NAME=value'],
    ['include ""', '1: the line cannot be read: include names no file'],
    ['A="x" y', '1: the line cannot be read: neither [section] nor NAME=value'],
    ['LDM_SERVER: a', '1: the line cannot be read: neither [section] nor NAME=value (LDM_SERVER)'],
    ['LIKE=gone', '1: LIKE="gone" is left out: there is no such section'],
    ['LIKE=a\n[a]\nLIKE=default', '3: LIKE="default" is left out: it leads back to its own section'],
  ])('reports what is wrong with %j, with its line, and reads the rest', (text, problem) => {
    const { values, problems } = readText(`${text}\n[default]\nZ=1\n`);
    expect(problems).toEqual([problem]);
    expect(values).toMatchObject({ Z: '1' });
  });

  it('does not take a setting for unset whose line cannot be read', () => {
    const { values } = readText('[default]\nLDM_USER_ALLOW=anna\n[pc01]\nLDM_USER_ALLOW="bert, carla\n');
    expect(values).toEqual({ LDM_USER_ALLOW: undefined });
    expect(readText('LDM_SERVER="a LDM_USER_ALLOW=anna').values).toEqual({
      LDM_SERVER: undefined,
      LDM_USER_ALLOW: undefined,
    });
    expect(readText('ldm_user_allow anna').values).toEqual({ LDM_USER_ALLOW: undefined });
  });

  it('shows no password in a report', () => {
    for (const line of ['LDM_PASSWORD="s3cret', 'LDM_PASSWORD s3cret', 'LDM_PASSWORD="x" s3cret']) {
      expect(JSON.stringify(readText(line).problems)).not.toContain('s3cret');
    }
  });

  it('reads any text: every line takes effect, or is a comment, or is reported by its number', () => {
    const word = fc.constantFrom('A', 'LIKE', 'include', '__proto__', 'constructor', 'pc*', '[pc01]', '[default]', '[');
    const sign = fc.constantFrom(']', '"', "'", '=', '\\', ' ', '\n', '\r\n', '#', ';', '\0', '\ufeff', 'LDM_SERVER=');
    const soup = fc.array(fc.oneof(word, sign, fc.string({ maxLength: 6 })));
    fc.assert(
      fc.property(
        soup.map((words) => words.join('')),
        (text) => {
          // Each line in a section of its own, so that no value hides another.
          const lines = text.split(/\r\n|\r|\n/).filter((line) => !/^\s*(like|include)/i.test(line));
          for (const line of lines) {
            const { values, problems } = readText(`${line}\n`);
            const isEmpty = /^[\s\ufeff]*([#;].*)?$/s.test(line);
            const isSection = /^\s*\[/.test(line);
            const said = Object.keys(values).length + problems.length;
            if (isEmpty) expect(said).toBe(0);
            else if (!isSection) expect(said, JSON.stringify(line)).toBeGreaterThan(0);
          }
          readText(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('gives back whatever was written, under every name', () => {
    const name = fc.oneof(
      fc.constantFrom('__PROTO__', 'CONSTRUCTOR', 'TOSTRING'),
      fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/),
    );
    const value = fc.string({ maxLength: 20, unit: 'grapheme' }).filter((one) => !/[\r\n]|^\s*none\s*$/i.test(one));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const wanted = Object.fromEntries(pairs.filter(([one]) => one !== 'LIKE' && one !== 'INCLUDE'));
        const quotedText = (text: string): string => text.replace(/["\\$`]/g, '\\$&');
        const double = Object.entries(wanted).map(([one, text]) => `${one} = "${quotedText(text)}"`);
        expect(read(`[default]\n${double.join('\n')}\n`)).toEqual(wanted);
        expect(read(`[default] ${double.join(' ')}\n`)).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['brackets', '['],
    ['quotes', '"\\"'],
    ['blanks', ' '],
    ['names', 'A=1 '],
    ['stars', '[*a'],
    ['sections', '[a]\nLIKE=a\n'],
  ])('takes no longer than the length of the file: %s', (_, piece) => {
    // Where each letter costs as much as the file is long, this does not end within the time of a test.
    readText(piece.repeat(300_000 / piece.length));
  });
});
