import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEarlyEnd } from '../../src/session/early-end.js';
import script from '../../src/session/early-end.sh?raw';

describe('an end that needs an explanation', () => {
  it('comes within seconds of the start, or of the desktop on the screen', () => {
    expect(isEarlyEnd(0, 3_000, undefined)).toBe(true);
    expect(isEarlyEnd(0, 45_000, 40_000)).toBe(true);
    expect(isEarlyEnd(0, 45_000, 'unseen')).toBe(true);
  });
  it('does not come after a session', () => {
    expect(isEarlyEnd(0, 60_000, undefined)).toBe(false);
    expect(isEarlyEnd(0, 60_000, 5_000)).toBe(false);
    expect(isEarlyEnd(0, 3_600_000, 'unseen')).toBe(false);
  });
});

describe('the script that reads ~/.xsession-errors', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ldm-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const file = (): string => join(home, '.xsession-errors');
  const said = (): string => execFileSync('/bin/sh', ['-s'], { input: script, env: { HOME: home }, encoding: 'utf8' });

  it('prints the last lines of this session alone', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const began = 'Xsession: X session started for ada at Mon Nov 23 10:00:00 UTC 2026';
    writeFileSync(file(), ['old', began, ...lines, ''].join('\n'));
    expect(said()).toBe(`${lines.slice(-10).join('\n')}\n`);
    writeFileSync(file(), ['old', began, 'new', ''].join('\n'));
    expect(said()).toBe('new\n');
  });

  it('prints nothing of a file that no session has touched lately, and nothing where there is none', () => {
    expect(said()).toBe('');
    writeFileSync(file(), 'of last week\n');
    const lastWeek = Date.now() / 1_000 - 7 * 86_400;
    utimesSync(file(), lastWeek, lastWeek);
    expect(said()).toBe('');
  });
});
