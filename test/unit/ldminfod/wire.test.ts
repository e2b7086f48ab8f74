import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseText } from '../../../src/ldminfod/response-text.js';
import { formatServerInfo, parseServerInfo, type ServerInfo, wireLimits } from '../../../src/protocol/info-service.js';
import { readAsClassicClient } from '../../fixtures/ldminfod/classic-reader.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/ldminfod/${name}`, import.meta.url));

const info: ServerInfo = {
  languages: ['de_DE.UTF-8', 'C.UTF-8'],
  sessions: [
    { name: 'Xfce Session', exec: '/usr/bin/startxfce4' },
    { name: 'Sitzung Größe', exec: 'env A=/x:/y gnome-session --session=gnome' },
  ],
  xsession: '/etc/X11/Xsession',
  rating: 42,
  running: 17,
  pending: 3,
  capacity: 60,
  draining: false,
  notice: null,
  sshDown: false,
  ageMs: 12,
};

describe("the classic server's output", () => {
  it('is read by our reader, with a colon in a session name where it belongs', () => {
    expect(parseServerInfo(fixture('classic.txt').toString())).toEqual({
      languages: ['de_DE.UTF-8', 'C.UTF-8', 'en_GB.UTF-8', 'en_US.UTF-8', 'fr_FR.UTF-8'],
      sessions: [
        { name: 'Xfce Session', exec: '/usr/bin/startxfce4' },
        { name: 'LXDE: light', exec: 'env XDG_MENUS=/etc/a:/etc/b startlxde' },
        { name: 'MATE', exec: 'mate-session' },
      ],
      xsession: '/etc/X11/Xsession',
      rating: 83,
      running: null,
      pending: null,
      capacity: null,
      draining: false,
      notice: null,
      sshDown: false,
      ageMs: null,
    });
  });

  it('gives no empty language when inetd started it without LANG', () => {
    expect(parseServerInfo(fixture('classic-inetd-without-lang.txt').toString())?.languages).toEqual(['C.UTF-8']);
  });

  it('is used as far as it goes when it ends in an error', () => {
    const read = parseServerInfo(fixture('classic-error.txt').toString());
    expect(read?.languages).toEqual(['C.UTF-8']);
    expect(read?.rating).toBeNull();
  });

  it('is no answer when inetd closed the connection empty', () => {
    expect(parseServerInfo('')).toBeUndefined();
  });

  it('says the same to the reader with the classic rules, but for the colon that those shift', () => {
    const classic = readAsClassicClient(fixture('classic.txt'));
    expect(classic.rating).toBe(83);
    expect(classic.sessions[1]).toEqual({ name: 'LXDE', command: ' light:env XDG_MENUS=/etc/a:/etc/b startlxde' });
  });
});

describe('an answer', () => {
  const sessionsOf = (...lines: string[]) => parseServerInfo(lines.join('\n'))?.sessions;

  it('has the last value of each key, in any case and with blanks', () => {
    expect(parseServerInfo('rating:1\r\nRATING: 2 \r\nstate:draining\nstate: up\nssh:up\nssh: down\n')).toMatchObject({
      rating: 2,
      draining: false,
      sshDown: true,
    });
    expect(parseServerInfo('state:up\nstate: draining\nxsession:a\nxsession:b\nnotice:a\nnotice: b ')).toMatchObject({
      draining: true,
      xsession: 'b',
      notice: 'b',
    });
  });

  it.each([
    ['rating:100', 100],
    ['rating:101', null],
    ['rating:-1', null],
    ['rating:1.5', null],
    ['rating:1x', null],
    ['rating:', null],
  ])('%j has the rating %j', (text, rating) => {
    expect(parseServerInfo(text)?.rating).toBe(rating);
  });

  it('has no unknown line, and none with a known key behind something else', () => {
    for (const text of ['hello', 'HTTP/1.1 200 OK', 'x rating:1', 'rating', 'uptime:1']) {
      expect(parseServerInfo(text)).toBeUndefined();
    }
    expect(parseServerInfo('uptime:1\nage:5')).toMatchObject({ ageMs: 5, rating: null });
  });

  it('has the sessions by their program where it names none', () => {
    expect(sessionsOf('session:/usr/bin/startxfce4', 'session:mate')).toEqual([
      { name: 'startxfce4', exec: '/usr/bin/startxfce4' },
      { name: 'mate', exec: 'mate' },
    ]);
    expect(sessionsOf('rating:1')).toEqual([]);
  });

  it('ends the name of a session at the colon before a known command, else at the first', () => {
    const known = 'session:a:b';
    expect(sessionsOf(known, 'session-with-name:X: light:a:b')).toEqual([{ name: 'X: light', exec: 'a:b' }]);
    expect(sessionsOf(known, 'session-with-name:X:other:a')).toEqual([{ name: 'X', exec: 'other:a' }]);
    expect(sessionsOf(known, 'session-with-name::a:b')).toEqual([{ name: '', exec: 'a:b' }]);
    expect(sessionsOf(known, 'SESSION-x:/usr/bin/mate')).toEqual([{ name: 'mate', exec: '/usr/bin/mate' }]);
  });

  it('has sixteen colons of a name at most', () => {
    const named = (colons: number) => sessionsOf('session:run', `session-with-name:${'n:'.repeat(colons)}run`);
    expect(named(16)?.[0]?.exec).toBe('run');
    expect(named(17)?.[0]?.exec).toBe(`${'n:'.repeat(16)}run`);
  });
});

describe('our output', () => {
  it('is taken by the classic rules: the new lines change nothing of what is read', () => {
    expect(readAsClassicClient(Buffer.from(formatServerInfo(info)))).toEqual({
      languages: info.languages,
      sessions: info.sessions.map(({ name, exec }) => ({ name, command: exec })),
      xsession: info.xsession,
      rating: 42,
    });
  });

  it('has no new key that the classic rules would take for one of theirs', () => {
    const own = formatServerInfo({ ...info, languages: [], sessions: [], xsession: null, rating: null });
    expect(own).toBe('sessions:17\npending:3\ncapacity:60\nstate:up\nssh:up\nage:12\n');
    expect(readAsClassicClient(Buffer.from(own))).toEqual({
      languages: [],
      sessions: [],
      xsession: null,
      rating: null,
    });
  });

  it('is what our reader gives back, whatever the values hold', () => {
    const word = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
    const count = fc.option(fc.nat(1_000_000));
    const any = fc.record({
      languages: fc.array(word),
      sessions: fc.array(fc.record({ name: word, exec: word })),
      xsession: fc.option(word),
      rating: fc.option(fc.nat(100)),
      running: count,
      pending: count,
      capacity: count,
      draining: fc.boolean(),
      notice: fc.option(fc.string()),
      sshDown: fc.boolean(),
      ageMs: count,
    });
    fc.assert(
      fc.property(any, (given) => {
        const read = parseServerInfo(formatServerInfo(given));
        expect(read).toMatchObject({
          languages: given.languages.map(asTold),
          rating: given.rating,
          running: given.running,
          pending: given.pending,
          capacity: given.capacity,
          draining: given.draining,
          notice: given.notice === null ? null : asTold(given.notice).trim().slice(0, 200) || null,
          sshDown: given.sshDown,
          ageMs: given.ageMs,
        });
        expect(read?.sessions.map(({ exec }) => exec)).toEqual(given.sessions.map(({ exec }) => asTold(exec)));
      }),
    );
  });

  it('tells why the server drains, with one key that the classic rules do not know', () => {
    const text = formatServerInfo({ ...info, draining: true, notice: 'until\n18:00' });
    expect(text).toContain('\nstate:draining\nnotice:until 18:00\nssh:up\n');
    expect(parseServerInfo(text)?.notice).toBe('until 18:00');
    expect(readAsClassicClient(Buffer.from(text)).rating).toBe(42);
    expect(parseServerInfo(`rating:1\nnotice:${'x'.repeat(9_000)}`)?.notice).toHaveLength(200);
  });

  it('keeps a session name from smuggling in a line', () => {
    const text = formatServerInfo({ ...info, sessions: [{ name: 'x\nrating:100\r', exec: 'a\u2028b\u0000c' }] });
    expect(text.split('\n').filter((line) => line.startsWith('rating:'))).toEqual(['rating:42']);
    expect(text).toContain('session-with-name:x rating 100 :a b c\n');
  });

  it('leaves out languages and sessions, never the rating, when there are more than a reader takes', () => {
    const many = { ...info, languages: Array.from({ length: 3_000 }, (_, index) => `l${index}.UTF-8`) };
    const long = {
      ...info,
      sessions: Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, exec: 'x'.repeat(1_000) })),
    };
    for (const text of [responseText(many), responseText(long)]) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(wireLimits.bytes);
      expect(text.split('\n').length).toBeLessThanOrEqual(wireLimits.lines);
      expect(parseServerInfo(text)).toMatchObject({ rating: 42, running: 17, ageMs: 12 });
    }
  });

  it('still tells the rating within the classic buffer on a server with every locale of glibc', () => {
    const languages = Array.from({ length: 330 }, (_, index) => `xx_X${String(index).padStart(3, '0')}.UTF-8`);
    expect(readAsClassicClient(Buffer.from(responseText({ ...info, languages }))).rating).toBe(42);
  });
});

/** What the wire makes of a value: no control characters. */
function asTold(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the wire has none of them
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}
