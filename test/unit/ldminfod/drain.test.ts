import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DrainError, drain, drainNote, drainReason, undrain } from '../../../src/ldminfod/drain.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-drain-'));
  file = join(folder, 'ldm/draining');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a drain file', () => {
  it('is created with its directory and one line of text', () => {
    drain(file, 'since today:\n  new   disk');
    expect(readFileSync(file, 'utf8')).toBe('since today: new disk\n');
    expect(drainNote([join(folder, 'other'), file])).toBe('since today: new disk');
  });

  it('is created in a directory that exists', () => {
    const direct = join(folder, 'draining');
    drain(direct, 'x');
    expect(drainNote([direct])).toBe('x');
  });

  it('counts by its existence', () => {
    expect(drainNote([file])).toBeUndefined();
    mkdirSync(join(folder, 'ldm'));
    writeFileSync(file, '');
    expect(drainNote([file])).toBe('');
  });

  it('stays valid when a second drain cannot write it', () => {
    mkdirSync(file, { recursive: true });
    expect(() => drain(file, 'again')).not.toThrow();
    expect(drainNote([file])).toBe('');
  });

  it('that cannot be written is an error with its path', () => {
    expect(() => drain(join(folder, 'a/b/c'), 'x')).toThrow(DrainError);
    expect(() => drain(join(folder, 'a/b/c'), 'x')).toThrow(expect.objectContaining({ code: 'drain' }));
    expect(() => drain(join(folder, 'a/b/c'), 'x')).toThrow(`${folder}/a/b/c: cannot be written`);
  });

  it('is removed where it exists', () => {
    drain(file, 'x');
    expect(undrain([join(folder, 'other'), file])).toEqual([file]);
    expect(existsSync(file)).toBe(false);
    expect(undrain([file])).toEqual([]);
  });

  it('that cannot be removed is an error with its path', () => {
    mkdirSync(file, { recursive: true });
    expect(() => undrain([file])).toThrow(`${file}: cannot be removed`);
  });
});

describe('the reason of a drain', () => {
  it.each([
    ['since 2026-11-28T06:30:00.000Z: new disk', 'new disk'],
    ['since 2026-11-28T06:30:00.000Z', null],
    ['new\tdisk ', 'new disk'],
    ['not since 2026-11-28', 'not since 2026-11-28'],
    ['not since 2026-11-28T06:30:00.000Z: x', 'not since 2026-11-28T06:30:00.000Z: x'],
    ['   ', null],
    [undefined, null],
  ])('in %j is %j', (note, reason) => {
    expect(drainReason(note)).toBe(reason);
  });

  it('is cut at 200 whole characters', () => {
    expect(drainReason('\u{1f4be}'.repeat(300))).toBe('\u{1f4be}'.repeat(200));
  });
});
