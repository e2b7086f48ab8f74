import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programDistrust } from '../../src/settings/program-trust.js';

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

describe('a program of the administrator’s', () => {
  it('is run where nobody else can change it', () => {
    expect(programDistrust(program, uid)).toBeUndefined();
  });

  it.each([0o775, 0o757])('is not run when others may write to it: %o', (mode) => {
    chmodSync(program, mode);
    expect(programDistrust(program, uid)).toBe(`${program} can be written to by others`);
  });

  it('is not run when others may exchange it, at whatever height', () => {
    chmodSync(folder, 0o777);
    expect(programDistrust(program, uid)).toBe(`${folder} can be written to by others`);
    chmodSync(folder, 0o755);
    chmodSync(top, 0o775);
    expect(programDistrust(program, uid)).toBe(`${top} can be written to by others`);
  });

  it('is judged by where a link leads', () => {
    const link = join(top, 'link');
    symlinkSync(program, link);
    expect(programDistrust(link, uid)).toBeUndefined();
    chmodSync(program, 0o777);
    expect(programDistrust(link, uid)).toBe(`${program} can be written to by others`);
    expect(programDistrust(join(top, 'nothing'), uid)).toMatch(/cannot be found/);
  });

  it.skipIf(uid !== 0)('is not run when it is another user’s, who could change it any time', () => {
    chownSync(program, nobody, nobody);
    expect(programDistrust(program, 0)).toBe(`${program} belongs to another user`);
    expect(programDistrust(program, nobody)).toBe(undefined);
  });
});
