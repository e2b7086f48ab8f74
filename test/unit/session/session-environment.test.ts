import { describe, expect, it } from 'vitest';
import { pickForHooks } from '../../../src/session/remote-command.js';
import { sessionEnvironment } from '../../../src/session/session-environment.js';
import { readSettings } from '../../../src/settings/settings.js';

const environment = (variables: Readonly<Record<string, string>>, address: string | undefined = '10.0.0.7') =>
  sessionEnvironment(readSettings(variables), address);

describe('the environment of a session', () => {
  it('names the sound of this client, by its address', () => {
    expect(environment({ SOUND: 'y' })).toMatchObject({ PULSE_SERVER: 'tcp:10.0.0.7:4713' });
    expect(environment({ SOUND: 'y' }, 'fd00::7')).toMatchObject({ PULSE_SERVER: 'tcp:[fd00::7]:4713' });
  });

  it('says nothing of services where this client has no address, or the settings want none', () => {
    const variables = { SOUND: 'y', SCANNER: 'y' };
    expect(sessionEnvironment(readSettings(variables), undefined)).not.toHaveProperty('PULSE_SERVER');
    expect(sessionEnvironment(readSettings(variables), undefined)).not.toHaveProperty('SANE_NET_HOSTS');
    expect(environment({ ...variables, SOUND: 'n' })).not.toHaveProperty('PULSE_SERVER');
    expect(environment({ SCANNER: 'n' })).not.toHaveProperty('SANE_NET_HOSTS');
  });

  it('names the scanner', () => {
    expect(environment({ SCANNER: 'y' })).toMatchObject({ SANE_NET_HOSTS: '10.0.0.7' });
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
