import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DisplayError, readDisplay } from '../../../../src/session/x11/display.js';
import { parseDisplay } from '../../../../src/session/x11/display-name.js';

const unix = (number: number, screen = 0) => ({ socket: { path: `/tmp/.X11-unix/X${number}` }, number, screen });
const tcp = (host: string, number: number, screen = 0) => ({ socket: { host, port: 6_000 + number }, number, screen });

describe('a display name', () => {
  test.each([
    [':0', unix(0)],
    [':0.1', unix(0, 1)],
    [':12.34', unix(12, 34)],
    [':59535.65535', unix(59_535, 65_535)],
    ['unix:3', unix(3)],
    ['unix/:3', unix(3)],
    ['unix/thin-client:3.1', unix(3, 1)],
    ['local/:3', unix(3)],
    ['host:2', tcp('host', 2)],
    ['tcp/host:2.1', tcp('host', 2, 1)],
    ['tcp/:2', tcp('localhost', 2)],
    ['tcp/unix:2', tcp('unix', 2)],
    ['inet/host:0', tcp('host', 0)],
    ['inet6/host:0', tcp('host', 0)],
    ['127.0.0.1:10.0', tcp('127.0.0.1', 10)],
    ['[::1]:0', tcp('::1', 0)],
    ['::1:0', tcp('::1', 0)],
    ['/tmp/launch-x/org.x:0', { socket: { path: '/tmp/launch-x/org.x:0' }, number: 0, screen: 0 }],
    ['unix:/run/x', { socket: { path: '/run/x' }, number: 0, screen: 0 }],
  ])('%s is understood', (text, display) => {
    expect(parseDisplay(text)).toEqual(display);
  });

  test.each([
    ...[
      '',
      ':',
      '0',
      'host',
      ':0.',
      ':.0',
      ':-1',
      ':x',
      ':0.0.0',
      ':59536',
      ':0.65536',
      ':0 ',
      ' :0',
      '/a\0b',
      'a/b:0',
    ],
    ...['host::0', '[x]:y', '[::1]x:0', 'x[::1]:0'],
  ])('%j is none', (text) => {
    expect(parseDisplay(text)).toBeUndefined();
  });

  test('never makes the parser throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseDisplay(Buffer.from(bytes).toString('latin1'))));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'unixtcp/[]:.019') }), (text) => void parseDisplay(text)),
    );
  });
});

describe('the display of this process', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldm-x11-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const record = (number: string, data: string): Buffer =>
    Buffer.concat([
      Buffer.from([1, 0]),
      ...[hostname(), number, 'MIT-MAGIC-COOKIE-1', data].flatMap((text) => [
        Buffer.from([0, text.length]),
        Buffer.from(text),
      ]),
    ]);

  test('comes with the cookie of the file that XAUTHORITY names', async () => {
    const file = join(folder, 'authority');
    await writeFile(file, Buffer.concat([record('3', '3333333333333333'), record('4', '4444444444444444')]));
    const { display, cookie } = await readDisplay({ DISPLAY: ':4.1', XAUTHORITY: file, HOME: '/nowhere' });
    expect(display).toEqual(unix(4, 1));
    expect(cookie?.data.toString()).toBe('4444444444444444');
  });

  test('comes with the cookie of ~/.Xauthority where XAUTHORITY is unset', async () => {
    await writeFile(join(folder, '.Xauthority'), record('4', '4444444444444444'));
    const { cookie } = await readDisplay({ DISPLAY: ':4', HOME: folder });
    expect(cookie?.data.toString()).toBe('4444444444444444');
  });

  test('comes without a cookie where the file is missing, a folder, empty or broken', async () => {
    const broken = join(folder, 'broken');
    await writeFile(broken, record('4', '4444444444444444').subarray(0, -1));
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    for (const XAUTHORITY of [join(folder, 'missing'), folder, empty, broken, '/dev/null']) {
      expect(await readDisplay({ DISPLAY: ':4', XAUTHORITY })).toEqual({ display: unix(4), cookie: undefined });
    }
  });

  test('has its name resolved, because records hold addresses', async () => {
    const { display } = await readDisplay({ DISPLAY: 'localhost:4', HOME: folder });
    expect(['127.0.0.1', '::1']).toContain('host' in display.socket ? display.socket.host : '');
  });

  test.each([undefined, '', 'nonsense'])('is the error no-display where DISPLAY is %j', async (DISPLAY) => {
    const error = await readDisplay({ DISPLAY }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DisplayError);
    expect(error).toMatchObject({ code: 'no-display', value: DISPLAY });
  });
});
