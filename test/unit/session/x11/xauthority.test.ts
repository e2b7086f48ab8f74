import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDisplay } from '../../../../src/session/x11/display-name.js';
import { findCookie } from '../../../../src/session/x11/xauthority.js';
import { requireOrSkip } from '../../../support/require-or-skip.js';

const display = (name: string) => {
  const parsed = parseDisplay(name);
  if (!parsed) throw new Error(name);
  return parsed;
};

const number16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const counted = (text: string | readonly number[]): Buffer => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
  return Buffer.concat([number16(bytes.length), bytes]);
};
/** One record, written without the code under test. */
function record(family: number, address: string | readonly number[], number: string, data: string, name = mit): Buffer {
  return Buffer.concat([number16(family), ...[address, number, name, data].map(counted)]);
}
const mit = 'MIT-MAGIC-COOKIE-1';
const local = 256;
const wild = 65_535;
const found = (file: readonly Buffer[], name: string): string | undefined =>
  findCookie(Buffer.concat(file), display(name), 'client')?.data.toString();

describe('the cookie for a display', () => {
  test('is that of the local record with this host name and this display number', () => {
    const file = [
      record(local, 'other', '1', 'a'),
      record(local, 'client', '2', 'b'),
      record(local, 'client', '1', 'c'),
    ];
    expect(found(file, ':1')).toBe('c');
    expect(found(file, ':2')).toBe('b');
    expect(found(file, ':3')).toBeUndefined();
    expect(found(file, 'localhost:1')).toBe('c');
    for (const loopback of ['127.0.0.1:1', '[::1]:1', '[::ffff:127.0.0.1]:1']) expect(found(file, loopback)).toBe('c');
    expect(found(file, '10.0.0.1:1')).toBeUndefined();
    expect(found([record(local, 'client', '1', '')], ':1')).toBe('');
  });

  test('is that of a wild record, or of one without a number, when that stands first', () => {
    expect(found([record(wild, '', '', 'a'), record(local, 'client', '1', 'b')], ':1')).toBe('a');
    expect(found([record(local, 'client', '', 'a'), record(local, 'client', '1', 'b')], ':1')).toBe('a');
    expect(found([record(wild, 'any', '1', 'a')], '10.0.0.1:1')).toBe('a');
    expect(found([record(wild, '', '2', 'a')], ':1')).toBeUndefined();
  });

  test('is that of the internet address for a display over TCP', () => {
    const file = [record(0, [10, 0, 0, 1], '1', 'v4'), record(6, [0x20, 1, ...new Array(13).fill(0), 9], '1', 'v6')];
    expect(found(file, '10.0.0.1:1')).toBe('v4');
    expect(found(file, '10.0.0.2:1')).toBeUndefined();
    expect(found(file, '[2001::9]:1')).toBe('v6');
    expect(found(file, '[2001::0.0.0.9]:1')).toBe('v6');
    expect(found(file, '[2001::8]:1')).toBeUndefined();
    expect(found(file, '[::ffff:10.0.0.1]:1')).toBe('v4');
    expect(found(file, ':1')).toBeUndefined();
  });

  test('is never that of another kind of address', () => {
    expect(found([record(0, 'client', '1', 'a')], ':1')).toBeUndefined();
    expect(found([record(6, [10, 0, 0, 1], '1', 'a')], '10.0.0.1:1')).toBeUndefined();
    const file = [record(6, [0x20, 1, ...new Array(8).fill(0), 255, 255, 10, 0, 0, 1], '1', 'a')];
    expect(found(file, '[2001::ffff:10.0.0.1]:1')).toBe('a');
    expect(found(file, '10.0.0.1:1')).toBeUndefined();
  });

  test('is that of a wild record alone for a host by name', () => {
    const file = [record(local, 'client', '1', 'a'), record(6, '', '1', 'b')];
    expect(found(file, 'elsewhere:1')).toBeUndefined();
    expect(found([...file, record(wild, '', '1', 'c')], 'elsewhere:1')).toBe('c');
  });

  test('is never that of another protocol', () => {
    const file = [record(local, 'client', '1', 'a', 'XDM-AUTHORIZATION-1'), record(local, 'client', '1', 'b')];
    expect(found(file, ':1')).toBe('b');
  });

  test('is found in front of a broken record and not behind it', () => {
    const good = record(local, 'client', '1', 'a');
    expect(found([good, Buffer.from([1, 0, 255, 255, 1])], ':1')).toBe('a');
    expect(found([Buffer.from([1, 0, 255, 255]), good], ':1')).toBeUndefined();
    for (let cut = 0; cut < good.length; cut++) expect(found([good.subarray(0, cut)], ':1')).toBeUndefined();
  });

  test('is never that of a record with a field that is too long, whatever follows', () => {
    const tooLong = number16(65_535);
    for (const fields of [[], [counted('')], [counted(''), counted('')], [counted(''), counted('1'), counted(mit)]]) {
      const rest = [counted('1'), counted(mit), counted('a')];
      expect(found([number16(wild), ...fields, tooLong, ...rest], ':1')).toBeUndefined();
      expect(found([number16(wild), ...fields, tooLong, ...rest.slice(1)], ':1')).toBeUndefined();
    }
  });

  test('is searched without a throw in any file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        findCookie(Buffer.from(bytes), display(':1'), 'client');
        findCookie(Buffer.from(bytes), display('[2001::9]:1'), 'client');
      }),
    );
  });
});

const xauth = (() => {
  try {
    execFileSync('xauth', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

requireOrSkip(xauth ? undefined : 'xauth is not installed', 'a file written by xauth', () => {
  test('gives the same cookies that xauth itself lists', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ldm-xauth-'));
    try {
      const file = join(folder, 'authority');
      const run = (...words: string[]) =>
        execFileSync('xauth', ['-q', '-f', file, ...words], { encoding: 'utf8', stdio: 'pipe' });
      const cookies = [':7', 'client/unix:8', '127.0.0.1:9', '10.1.2.3:9', '[2001:db8::5]:9'].map((name, at) => {
        const cookie = `${at}${'a1'.repeat(15)}b`;
        run('add', name, '.', cookie);
        return { name, cookie };
      });
      const bytes = readFileSync(file);
      const host = execFileSync('hostname', { encoding: 'utf8' }).trim();
      const cookieOf = (name: string, hostName: string) =>
        findCookie(bytes, display(name), hostName)?.data.toString('hex');
      expect(cookieOf(':7', host)).toBe(cookies[0]?.cookie);
      expect(cookieOf(':8', 'client')).toBe(cookies[1]?.cookie);
      expect(cookieOf('127.0.0.1:9', host)).toBe(cookies[2]?.cookie);
      expect(cookieOf('10.1.2.3:9', host)).toBe(cookies[3]?.cookie);
      expect(cookieOf('[2001:db8::5]:9', host)).toBe(cookies[4]?.cookie);
      expect(cookieOf('10.1.2.4:9', host)).toBeUndefined();
      expect(run('list').trim().split('\n')).toHaveLength(cookies.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
