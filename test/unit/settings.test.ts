import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError, settingsTable } from '../../src/settings/settings.js';

describe('settings', () => {
  it('have the defaults of the manual where nothing is set', () => {
    const settings = readSettings({});
    expect(settings.servers).toBeUndefined();
    expect(settings).toMatchObject({
      probeTimeoutMs: 2_000,
      connectTimeoutMs: 10_000,
      sshPort: 22,
      infoPort: 9571,
      hostKeys: 'strict',
      knownHosts: ['/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d'],
    });
  });

  it('read the server list with the overriding port, in order and without repetitions', () => {
    const { servers } = readSettings({ LDM_SERVER: '  b  a:2200\tB [::1]:23 ', SSH_OVERRIDE_PORT: '2022' });
    expect(servers?.map(({ host, port }) => `${host} ${port}`)).toEqual(['b 2022', 'a 2200', '::1 23']);
  });

  it('count an empty variable as unset', () => {
    expect(readSettings({ LDM_SERVER: ' ', LDM_PROBE_TIMEOUT: '' }).probeTimeoutMs).toBe(2_000);
  });

  it.each([
    ['LDM_PROBE_TIMEOUT', '0'],
    ['LDM_PROBE_TIMEOUT', '-1'],
    ['LDM_PROBE_TIMEOUT', 'NaN'],
    ['LDM_PROBE_TIMEOUT', '1e9'],
    ['LDM_CONNECT_TIMEOUT', '10s'],
    ['SSH_OVERRIDE_PORT', '0'],
    ['SSH_OVERRIDE_PORT', '65536'],
    ['LDM_BALANCE', 'fastest'],
    ['LDM_BALANCE', 'constructor'],
    ['LDM_HOST_KEYS', 'no'],
    ['LDM_KNOWN_HOSTS', 'relative/path'],
    ['LDM_XSESSION', 'Xsession'],
    ['LDM_SERVER', 'good -oProxyCommand=x'],
    ['LDM_SERVER', 'a b:0'],
  ])('refuse %s=%s and say what is accepted', (variable, value) => {
    const error = catchError(() => readSettings({ [variable]: value }));
    expect(error).toBeInstanceOf(SettingsError);
    expect(error).toMatchObject({ code: 'wrong-setting', variable });
    expect(String(error)).toContain('give ');
  });

  it('are each named once in the table', () => {
    const names = Object.values(settingsTable).map(({ variable }) => variable);
    expect(new Set(names).size).toBe(names.length);
  });

  function catchError(run: () => unknown): unknown {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  }
});
