import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustProgram } from '../../../src/shared/programs/program-trust.js';

const uid = process.getuid?.() ?? 0;
const nobody = 65_534;
let top: string;
let folder: string;
let program: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'ldm-trust-'));
  folder = join(top, 'bin');
  program = join(folder, 'get_hosts');
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
});
afterEach(() => rmSync(top, { recursive: true }));

const reasonOf = (path: string, as = uid): string | undefined => {
  const trust = trustProgram(path, as);
  return trust.kind === 'distrusted' ? trust.reason : undefined;
};

describe('a program of the administrator', () => {
  it('is run where nobody else can change it', () => {
    expect(reasonOf(program)).toBeUndefined();
  });

  it.each([0o775, 0o757])('is not run when others may write to it: %o', (mode) => {
    chmodSync(program, mode);
    expect(reasonOf(program)).toBe(`${program} can be written to by others`);
  });

  it('is not run when others may exchange it, at whatever height', () => {
    chmodSync(folder, 0o777);
    expect(reasonOf(program)).toBe(`${folder} can be written to by others`);
    chmodSync(folder, 0o755);
    chmodSync(top, 0o775);
    expect(reasonOf(program)).toBe(`${top} can be written to by others`);
  });

  it('is judged by where a link leads', () => {
    const link = join(top, 'link');
    symlinkSync(program, link);
    expect(reasonOf(link)).toBeUndefined();
    chmodSync(program, 0o777);
    expect(reasonOf(link)).toBe(`${program} can be written to by others`);
    expect(reasonOf(join(top, 'nothing'))).toMatch(/cannot be found/);
  });

  it('is started by where a link led when it was looked at', () => {
    const link = join(top, 'link');
    symlinkSync(program, link);
    expect(trustProgram(link, uid)).toEqual({ kind: 'trusted', path: program });
  });

  it.skipIf(uid !== 0)('is not run through a link of another user, whatever the link leads to', () => {
    const link = join(top, 'link');
    symlinkSync(program, link);
    lchownSync(link, nobody, nobody);
    expect(reasonOf(link)).toBe(`${link} belongs to another user`);
  });

  it('is not run through a folder that others write to, though it itself is elsewhere', () => {
    const open = join(top, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const link = join(open, 'K50-mark');
    symlinkSync(program, link);
    expect(reasonOf(link)).toBe(`${open} can be written to by others`);
    // The first link is where nobody can exchange it; the second, on its way, is not.
    const first = join(top, 'first');
    symlinkSync(link, first);
    expect(reasonOf(first)).toBe(`${open} can be written to by others`);
    const upwards = join(top, 'upwards');
    symlinkSync('open/../bin/get_hosts', upwards);
    expect(reasonOf(upwards)).toBe(`${open} can be written to by others`);
  });

  it('is not run through links that lead in a circle', () => {
    symlinkSync(join(top, 'b'), join(top, 'a'));
    symlinkSync(join(top, 'a'), join(top, 'b'));
    expect(reasonOf(join(top, 'a'))).toMatch(/leads through more than 40 links/);
  });

  it('is run through forty links', () => {
    let target = program;
    for (let links = 1; links <= 41; links += 1) {
      symlinkSync(target, join(top, `link${links}`));
      target = join(top, `link${links}`);
    }
    expect(reasonOf(join(top, 'link40'))).toBeUndefined();
    expect(reasonOf(join(top, 'link41'))).toMatch(/leads through more than 40 links/);
  });

  it.each(['../bin/./get_hosts', './/get_hosts', 'get_hosts'])('is found by a link to %s', (target) => {
    const link = join(folder, 'link');
    symlinkSync(target, link);
    expect(trustProgram(link, uid)).toEqual({ kind: 'trusted', path: program });
  });

  it('is named by where it cannot be found, and why', () => {
    expect(reasonOf(join(top, 'nothing', 'here'))).toBe(`${join(top, 'nothing')} cannot be found (ENOENT)`);
  });

  it('is found in PATH by its name, and in no folder that is relative', () => {
    expect(trustProgram('get_hosts', uid, `.:${join(top, 'nothing')}:${folder}`)).toEqual({
      kind: 'trusted',
      path: program,
    });
    for (const path of ['.:', relative(process.cwd(), folder), '/'])
      expect(trustProgram('get_hosts', uid, path)).toEqual({
        kind: 'distrusted',
        reason: 'get_hosts cannot be found in PATH',
      });
    expect(trustProgram('get_hosts', uid)).toMatchObject({ kind: 'distrusted' });
  });

  it.skipIf(uid !== 0)('is not run when it is another user’s, who could change it any time', () => {
    chownSync(program, nobody, nobody);
    expect(reasonOf(program, 0)).toBe(`${program} belongs to another user`);
    expect(reasonOf(program, nobody)).toBe(undefined);
  });
});
