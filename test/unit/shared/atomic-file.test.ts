import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src/shared/files/atomic-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that is written atomically', () => {
  it('has its content and its mode, whatever the umask is', () => {
    const file = join(folder, 'keys');
    for (const [content, isFlushed] of [
      ['old', false],
      [Buffer.from([0xe9]), true],
    ] as const) {
      writeAtomically(file, content, { mode: 0o664, isFlushed });
      expect(readFileSync(file)).toEqual(Buffer.from(content));
      expect(statSync(file).mode & 0o777).toBe(0o664);
    }
    expect(readdirSync(folder)).toEqual(['keys']);
  });

  it('replaces a link and leaves its target alone', () => {
    writeFileSync(join(folder, 'target'), 'target');
    symlinkSync('target', join(folder, 'link'));
    writeAtomically(join(folder, 'link'), 'new', { mode: 0o600 });
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(false);
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('target');
  });

  it('leaves nothing behind when it cannot be put in its place', () => {
    mkdirSync(join(folder, 'taken'));
    expect(() => writeAtomically(join(folder, 'taken'), 'new', { mode: 0o600 })).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it.runIf(process.getuid?.() === 0)('belongs to the owner that is given', () => {
    const file = join(folder, 'owned');
    writeAtomically(file, 'text', { mode: 0o644, owner: { uid: 12_345, gid: 54_321 } });
    expect(statSync(file)).toMatchObject({ uid: 12_345, gid: 54_321 });
  });
});
