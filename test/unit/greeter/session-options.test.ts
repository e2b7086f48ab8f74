import { describe, expect, it } from 'vitest';
import { optionRow } from '../../../src/greeter/presenter/sentences.js';
import { AdvertisedSessions } from '../../../src/greeter/session-options/advertised-sessions.js';
import { languageName } from '../../../src/greeter/session-options/language-name.js';
import { type SessionOptions, sessionOptionsFrom } from '../../../src/greeter/session-options/session-options.js';
import { parseServerInfo, type ServerInfo } from '../../../src/protocol/info-service.js';
import { type DesktopPick, defaultPick } from '../../../src/session/remote-command.js';
import { status } from '../../support/statuses.js';

function info(...lines: readonly string[]): ServerInfo {
  const parsed = parseServerInfo(`${lines.join('\n')}\n`);
  if (parsed === undefined) throw new Error('not understood');
  return parsed;
}

const labels = (rows: SessionOptions['sessions'] | SessionOptions['languages']): string[] =>
  rows.map((row) => optionRow(row).label);

describe('the name of a language', () => {
  it.each([
    ['de_DE.UTF-8', 'Deutsch (Deutschland)'],
    ['el_GR.UTF-8', 'Ελληνικά (Ελλάδα)'],
    ['fr_FR.UTF-8', 'Français (France)'],
    ['en_US.UTF-8', 'English (United States)'],
    ['eo.UTF-8', 'Esperanto'],
    ['sr_RS.UTF-8@latin', 'Srpski (latinica, Srbija)'],
    ['ca_ES.UTF-8@valencia', 'Català (Espanya, valencià)'],
    ['de_DE@euro', 'Deutsch (Deutschland)'],
  ])('of %s is %s', (locale, name) => expect(languageName(locale)).toBe(name));

  it.each(['C.UTF-8', 'POSIX', 'xx_YY.UTF-8', '../etc', 'de_DE.UTF-8; id'])('of %s is the locale itself', (locale) =>
    expect(languageName(locale)).toBe(locale),
  );
});

describe('what servers offer', () => {
  it('begins with the default, and for sessions a bare terminal', () => {
    expect(labels(sessionOptionsFrom([]).sessions)).toEqual(['Default', 'Failsafe xterm']);
    expect(labels(sessionOptionsFrom([]).languages)).toEqual(['Default']);
  });

  it('has what any of them tells once, languages by their name', () => {
    const one = info('session-with-name:MATE:mate-session', 'language:fr_FR.UTF-8', 'language:de_DE.utf8');
    const two = info(
      'session-with-name:MATE:/usr/bin/mate-session',
      'session-with-name:Xfce:xfce',
      'language:de_DE.UTF-8',
    );
    const { sessions, languages } = sessionOptionsFrom([one, two]);
    expect(labels(sessions)).toEqual(['Default', 'Failsafe xterm', 'MATE', 'Xfce']);
    expect(sessions[2]?.pick).toEqual({ kind: 'named', name: 'MATE', exec: 'mate-session' });
    expect(languages.map(({ label, note, pick }) => [label, note, pick]).slice(1)).toEqual([
      ['Deutsch (Deutschland)', 'de_DE.UTF-8', 'de_DE.UTF-8'],
      ['Français (France)', 'fr_FR.UTF-8', 'fr_FR.UTF-8'],
    ]);
  });

  it('tells two sessions of one name on one server apart by their command', () => {
    const { sessions } = sessionOptionsFrom([
      info('session-with-name:GNOME:gnome', 'session-with-name:GNOME:gnome --classic'),
    ]);
    expect(sessions.slice(2).map(({ label, note }) => `${label} ${note}`)).toEqual([
      'GNOME gnome',
      'GNOME gnome --classic',
    ]);
    expect(new Set(sessions.map(({ key }) => key)).size).toBe(4);
  });

  it('is cleaned, bounded and never the default by another’s hand', () => {
    const lines = [
      'session-with-name:<b>A</b>\u202e:a',
      'session-with-name:Bell\u0007:b',
      `session-with-name:${'x'.repeat(2_000)}:long`,
      'session-with-name:  :blank',
      'session-with-name:default:mine',
      'language:$(id)',
      'language:-x',
      `language:${'d'.repeat(200)}`,
      ...Array.from({ length: 1_500 }, (_, i) => `session-with-name:S${i}:s${i}`),
    ];
    const { sessions, languages } = sessionOptionsFrom([info(...lines)]);
    expect(labels(sessions).slice(0, 5)).toEqual(['Default', 'Failsafe xterm', '<b>A</b>', 'default', 'S0']);
    expect(sessions.filter(({ key }) => key === 'default')).toHaveLength(1);
    expect(sessions.length).toBeLessThan(600);
    expect(labels(languages)).toEqual(['Default']);
  });

  it('is what the chosen server told last, also while it is asked again', () => {
    const told = new AdvertisedSessions();
    const servers = [
      status('s1', { info: info('session-with-name:MATE:mate') }),
      status('s2', { info: info('session-with-name:Xfce:xfce') }),
      status('s3', { state: 'draining', info: info('session-with-name:Old:old') }),
    ];
    told.learn(servers);
    const asked = servers.map((one) => ({ ...one, state: 'checking', info: null }) as const);
    told.learn(asked);
    expect(labels(told.options({ mode: 'server', name: 's2' }, asked).sessions).slice(2)).toEqual(['Xfce']);
    expect(labels(told.options({ mode: 'server', name: 's9' }, asked).sessions).slice(2)).toEqual([]);
    expect(labels(told.options({ mode: 'automatic' }, servers).sessions).slice(2)).toEqual(['MATE', 'Xfce']);
  });

  it('and of what was picked a server lacks what it names others of', () => {
    const told = new AdvertisedSessions();
    told.learn([
      status('s1', { info: info('session-with-name:MATE:mate-session', 'language:de_DE.utf8') }),
      status('s2', { info: info('session-with-name:Xfce:xfce', 'language:en_US.UTF-8') }),
      status('s3', { info: info('rating:5') }),
      status('s4', { info: info('session:mate-session', 'language:de_DE.UTF-8') }),
    ]);
    const lacks = (pick: DesktopPick): number[] =>
      ['s1', 's2', 's3', 's4', 'silent'].map((name) => told.countMissing(pick, status(name).server));
    const mate = { kind: 'named', name: 'MATE', exec: 'mate-session' } as const;
    expect(lacks(defaultPick)).toEqual([0, 0, 0, 0, 0]);
    expect(lacks({ session: { kind: 'failsafe' }, language: undefined })).toEqual([0, 0, 0, 0, 0]);
    expect(lacks({ session: mate, language: undefined })).toEqual([0, 1, 0, 0, 0]);
    expect(lacks({ session: { kind: 'default' }, language: 'de_DE.UTF-8' })).toEqual([0, 1, 0, 0, 0]);
    expect(lacks({ session: mate, language: 'en_US.UTF-8' })).toEqual([1, 1, 0, 1, 0]);
    expect(lacks({ session: mate, language: 'de_DE.UTF-8' })).toEqual([0, 2, 0, 0, 0]);
  });
});
