import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../src/settings/files/config-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isVariable = (name: string): boolean => name.startsWith('LDM_');
function read(content: string | Buffer) {
  const file = join(folder, 'lts.conf');
  writeFileSync(file, content);
  return readConfigFile(file, isVariable);
}
const lines = ({ problems }: ReturnType<typeof read>): number[] =>
  problems.map(({ origin }) => (typeof origin === 'object' ? origin.line : -1));

describe('the text of a configuration file', () => {
  it('is what it holds in UTF-8, with or without a mark in front', () => {
    expect(read('A=größe\n')).toMatchObject({ text: 'A=größe\n', problems: [], unreadable: [] });
    expect(read('\ufeffA=1\n').text).toBe('A=1\n');
    expect(read('')).toMatchObject({ text: '', problems: [] });
  });

  const utf16 = Buffer.from('\ufeffA=ö\n', 'utf16le');
  const bigEndian = Buffer.from(utf16).swap16();
  const half = Buffer.from([0x41]);
  it.each([
    ['low byte first', utf16],
    ['high byte first', bigEndian],
    ['low byte first and half a character at the end', Buffer.concat([utf16, half])],
    ['high byte first and half a character at the end', Buffer.concat([bigEndian, half])],
  ])('is what it holds in UTF-16, %s', (_, bytes) => {
    expect(read(bytes)).toMatchObject({ text: 'A=ö\n', problems: [] });
  });

  it.each([[[0xfe, 0x41, 0, 0x41]], [[0xff, 0x41, 0, 0x41]], [[0x41, 0xfe, 0, 0x41]], [[0x41, 0xff, 0, 0x41]]])(
    'is not taken for UTF-16 by one byte of the mark: %j',
    (bytes) => {
      const told = read(Buffer.from(bytes));
      expect(told).toMatchObject({ text: '', unreadable: [] });
      expect(lines(told)).toEqual([0]);
    },
  );

  it('is read as ISO 8859-1 line by line, and the first line that matters is told', () => {
    const mixed = Buffer.concat([
      Buffer.from('# gr\xf6\xdfe\n ; \xe4\n', 'latin1'),
      Buffer.from('A=ö\n'),
      Buffer.from('B=\xf6\nC=\xfc\n', 'latin1'),
    ]);
    const told = read(mixed);
    expect(told.text).toBe('# größe\n ; ä\nA=ö\nB=ö\nC=ü\n');
    expect(lines(told)).toEqual([4]);
    expect(lines(read(Buffer.from('A=\xf6 # \xfc\n', 'latin1')))).toEqual([1]);
    const comments = read(Buffer.from('# \xf6\nA=1\n', 'latin1'));
    expect(comments).toMatchObject({ text: '# ö\nA=1\n', problems: [] });
  });

  it('is empty for a file that is not text, and the variables in it are named', () => {
    const binary = read(Buffer.from('LDM_SERVER\0OTHER_WORD\0LDM_X\0LDM_SERVER\0'));
    expect(binary.text).toBe('');
    expect(binary.unreadable).toEqual(['LDM_SERVER', 'LDM_X']);
    expect(lines(binary)).toEqual([0]);
  });

  it('is whole up to 4 MiB', () => {
    const whole = read(`${'#'.repeat(1_023)}\n`.repeat(4_096));
    expect(whole.text.length).toBe(4 * 1_024 * 1_024);
    expect(whole.problems).toEqual([]);
  });

  it('is cut at the last line within 4 MiB', () => {
    const line = `${'#'.repeat(1_023)}\n`;
    const more = read(`${line.repeat(4_095)}B=2\n${'#'.repeat(1_021)}\n`);
    expect(more.text).toBe(`${line.repeat(4_095)}B=2\n`);
    expect(lines(more)).toEqual([0]);
  });

  it('loses its last line if it is one byte larger than 4 MiB', () => {
    const start = `${'#'.repeat(1_023)}\n`.repeat(4_095);
    const cut = read(`${start}${'#'.repeat(1_024)}\n`);
    expect(cut.text).toBe(start);
    expect(lines(cut)).toEqual([0]);
  });

  it('is empty for a larger file without a line end', () => {
    expect(read('#'.repeat(4 * 1_024 * 1_024 + 1)).text).toBe('');
  });

  it.each([
    ['a missing file', 'ENOENT', () => {}],
    ['a directory', 'it is a directory', (path: string) => mkdirSync(path)],
    ['a pipe', 'it is not a file', (path: string) => execFileSync('mkfifo', [path])],
  ])('is none, with a problem and without a wait, of %s', (_, why, make) => {
    const path = join(folder, 'x');
    make(path);
    const file = readConfigFile(path, isVariable);
    const failed = `the file cannot be read (${why})`;
    expect(file).toMatchObject({ text: '', unreadable: [], failed });
    expect(file.problems).toEqual([
      { code: 'unusable-file', severity: 'warning', origin: { file: path, line: 0 }, text: failed },
    ]);
  });

  it('is known by the real path of its file', () => {
    writeFileSync(join(folder, 'real'), 'A=1\n');
    symlinkSync('real', join(folder, 'link'));
    expect(readConfigFile(join(folder, 'link'), isVariable).id).toBe(
      readConfigFile(join(folder, 'real'), isVariable).id,
    );
  });
});
