import { describe, expect, it } from 'vitest';
import { pickForHooks } from '../../../src/session/remote-command.js';
import { sessionEnvironment } from '../../../src/session/session-environment.js';
import { readSettings } from '../../../src/settings/settings.js';

const none = { SOUND: 'n', SCANNER: 'n' };
const environment = (variables: Readonly<Record<string, string>>, address: string | null = '10.0.0.7') =>
  sessionEnvironment(readSettings({ ...none, ...variables }), address ?? undefined);

describe('the environment of a session', () => {
  it.each([
    ['pulse', {}],
    ['tcp', { PULSE_SERVER: 'tcp:10.0.0.7:4713', LTSP_ALSA_DEFAULT: 'pulse' }],
    ['esd', { ESPEAKER: '10.0.0.7:16001' }],
    ['nasd', { AUDIOSERVER: '10.0.0.7:0' }],
    ['false', {}],
  ])(
    'names the sound service %s of this client by its address, where it listens in the network',
    (SOUND_DAEMON, named) => {
      expect(environment({ SOUND: 'y', SOUND_DAEMON })).toStrictEqual(named);
    },
  );

  it('has the brackets of an IPv6 address', () => {
    expect(environment({ SOUND: 'y', SOUND_DAEMON: 'tcp' }, 'fd00::7')).toMatchObject({
      PULSE_SERVER: 'tcp:[fd00::7]:4713',
    });
  });

  it('names the scanner', () => {
    expect(environment({ SCANNER: 'y' })).toStrictEqual({ SANE_NET_HOSTS: '10.0.0.7' });
  });

  it('says nothing of services where this client has no address, or the settings want none', () => {
    expect(environment({ SOUND: 'y', SOUND_DAEMON: 'tcp', SCANNER: 'y' }, null)).toStrictEqual({});
    expect(environment({})).toStrictEqual({});
  });

  it.each([
    [{ LDM_PRINTER_DEFAULT: 'hp' }, { PRINTER: 'hp' }],
    [{ LDM_PRINTER_LIST: 'hp,epson' }, { PRINTER_LIST: 'hp,epson' }],
    [{ LTSP_CLIENT_MAC: '00:11:22:33:44:55' }, { LTSP_CLIENT_MAC: '00:11:22:33:44:55' }],
    [{ CLIENT_ENV: 'A=1 B=2' }, { A: '1', B: '2' }],
  ])('has what the settings say, with an address or without: %j', (variables, named) => {
    expect(environment(variables)).toStrictEqual(named);
    expect(environment(variables, null)).toStrictEqual(named);
  });

  it('has the variables of CLIENT_ENV in place of others', () => {
    expect(environment({ LDM_PRINTER_DEFAULT: 'hp', CLIENT_ENV: 'PRINTER=epson' })).toStrictEqual({ PRINTER: 'epson' });
  });
});

describe('what hooks are told of a choice', () => {
  it('is the command of the session, else its name, else what kind it is', () => {
    const named = { kind: 'named', name: 'Xfce', exec: 'startxfce4' } as const;
    expect(pickForHooks({ session: named, language: 'de_DE.UTF-8' })).toEqual({
      LDM_SELECTED_SESSION: 'startxfce4',
      LDM_LANGUAGE: 'de_DE.UTF-8',
    });
    expect(pickForHooks({ session: { ...named, exec: undefined }, language: undefined })).toEqual({
      LDM_SELECTED_SESSION: 'Xfce',
    });
    expect(pickForHooks({ session: { kind: 'failsafe' }, language: undefined })).toEqual({
      LDM_SELECTED_SESSION: 'failsafe',
    });
  });
});
