import { describe, expect, it } from 'vitest';
import { optionRow } from '../../../src/greeter/presenter/sentences.js';
import { AdvertisedSessions } from '../../../src/greeter/session-options/advertised-sessions.js';
import { languageName } from '../../../src/greeter/session-options/language-name.js';
import {
  defaultLanguage,
  defaultSession,
  languageAmong,
  type SessionOption,
  type SessionOptions,
  sessionAmong,
  sessionOptionsFrom,
} from '../../../src/greeter/session-options/session-options.js';
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
    ['es_419.UTF-8', 'Español (Latinoamérica)'],
  ])('of %s is %s', (locale, name) => expect(languageName(locale)).toBe(name));

  it.each(['C.UTF-8', 'POSIX', 'xx_YY.UTF-8', 'de_QQ', 'tlh_GB', 'ber_DZ', '../etc', 'de_DE.UTF-8; id'])(
    'of %s is the locale itself',
    (locale) => expect(languageName(locale)).toBe(locale),
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
    const pick = { kind: 'named', name: 'MATE', exec: 'mate-session' };
    expect(sessions[2]).toEqual({ key: 'session MATE', label: 'MATE', note: '', pick });
    expect(labels(sessions)).toEqual(['Default', 'Failsafe xterm', 'MATE', 'Xfce']);
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

  it('lists languages by their name, and those of one name by their locale', () => {
    const locales = ['fi_FI', 'de_DE@euro', 'hr_HR', 'C', 'et_EE', 'de_DE'];
    const { languages } = sessionOptionsFrom([info(...locales.map((locale) => `language:${locale}`))]);
    expect(languages.map(({ label, note }) => `${label} ${note}`).slice(1)).toEqual([
      'C ',
      'Deutsch (Deutschland) de_DE',
      'Deutsch (Deutschland) de_DE@euro',
      'Eesti (Eesti) et_EE',
      'Hrvatski (Hrvatska) hr_HR',
      'Suomi (Suomi) fi_FI',
    ]);
  });

  it('has at most 500 sessions and 500 languages beside its own', () => {
    const lines = Array.from({ length: 501 }, (_, i) => [`session-with-name:S${i}:s`, `language:C.v${i}`]).flat();
    const { sessions, languages } = sessionOptionsFrom([info(...lines)]);
    expect([sessions.length, languages.length]).toEqual([502, 501]);
  });

  it('has only what can be a locale', () => {
    const lines = ['language: de_DE.utf8 ', 'language:$fr_FR', 'language:fr_FR; id', `language:${'d'.repeat(101)}`];
    const { languages } = sessionOptionsFrom([info(...lines)]);
    expect(languages.slice(1).map(({ pick }) => pick)).toEqual(['de_DE.UTF-8']);
  });

  it('leaves out a session without a command, and one whose name shows nothing', () => {
    const longest = 'x'.repeat(1_000);
    const { sessions } = sessionOptionsFrom([
      info(
        'session-with-name:A:',
        'session-with-name:\u202e:b',
        'session-with-name: C :c',
        `session-with-name:D:${longest}`,
        `session-with-name:E:${longest}x`,
      ),
    ]);
    expect(sessions.slice(2).map(({ pick }) => pick)).toEqual([
      { kind: 'named', name: 'C', exec: 'c' },
      { kind: 'named', name: 'D', exec: longest },
    ]);
  });

  it('is what the chosen server told last, also while it is asked again', () => {
    const told = new AdvertisedSessions();
    const servers = [
      status('s1', { info: info('session-with-name:MATE:mate') }),
      status('s2', { info: info('session-with-name:Xfce:xfce') }),
      status('s3', { state: 'draining', info: info('session-with-name:Old:old') }),
      status('s4', { state: 'down', info: info('session-with-name:Gone:gone') }),
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
    expect(lacks({ session: { ...mate, exec: 'mate' }, language: undefined })).toEqual([0, 1, 0, 1, 0]);
  });

  it('lacks nothing that it names beside others', () => {
    const told = new AdvertisedSessions();
    const [mate, german] = ['session-with-name: MATE : mate ', 'language:de_DE.UTF-8'];
    told.learn([status('s1', { info: info('session-with-name:Xfce:xfce', mate, 'language:fr_FR', german) })]);
    const lacks = (name: string, exec: string) =>
      told.countMissing({ session: { kind: 'named', name, exec }, language: 'de_DE.UTF-8' }, status('s1').server);
    expect([lacks('MATE', 'other'), lacks('Other', 'mate'), lacks('Other', 'other')]).toEqual([0, 0, 1]);
  });
});

describe('what was picked, among the options of other servers', () => {
  const offer = (...lines: readonly string[]): SessionOptions => sessionOptionsFrom([info(...lines)]);
  const named = (name: string, exec: string): SessionOption => ({
    key: `session ${name}`,
    label: name,
    note: '',
    pick: { kind: 'named', name, exec },
  });
  const mate = named('MATE', 'mate');
  const german = { key: 'language de_DE', label: 'Deutsch', note: '', pick: 'de_DE' };

  it('stays where they list none, and where it is the default', () => {
    expect(sessionAmong(mate, sessionOptionsFrom([]))).toBe(mate);
    expect(languageAmong(german, sessionOptionsFrom([]))).toBe(german);
    const others = offer('session-with-name:Xfce:xfce', 'language:fr_FR');
    expect(sessionAmong(defaultSession, others)).toBe(defaultSession);
    const ownDefault = { ...defaultLanguage, key: 'own' };
    expect(languageAmong(ownDefault, others)).toBe(ownDefault);
  });

  it('is the session of the same name and command, else the first of the same name or command', () => {
    const found = (...lines: readonly string[]) =>
      sessionAmong(mate, offer(...lines.map((line) => `session-with-name:${line}`)))?.pick;
    expect(found('MATE:other', 'Other:mate', 'MATE:mate')).toEqual(mate.pick);
    expect(found('Xfce:xfce', 'MATE:other')).toEqual(named('MATE', 'other').pick);
    expect(found('Xfce:xfce', 'Other:mate')).toEqual(named('Other', 'mate').pick);
    expect(found('Xfce:xfce')).toBeUndefined();
  });

  it('is the same language', () => {
    expect(languageAmong(german, offer('language:fr_FR', 'language:de_DE'))).toMatchObject({ pick: 'de_DE' });
    expect(languageAmong(german, offer('language:fr_FR'))).toBeUndefined();
  });
});
