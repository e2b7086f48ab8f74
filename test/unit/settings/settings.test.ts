import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings, type Setting, type Settings, settingsTable } from '../../../src/settings/settings.js';

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
    ['LDM_XSESSION', 'startkde'],
    ['LDM_SESSION_TIMEOUT', '3'],
    ['LDM_ETCD', 'ftp://etcd'],
    ['LDM_KEYBOARD_LAYOUTS', 'de;rm'],
    ['LDM_LOGLEVEL', 'loud'],
    ['LDM_SERVER', '10.0.0.300'],
  ])('report %s=%s with what is accepted, and take the default', (variable, value) => {
    const { problems, ...settings } = readSettings({ [variable]: value });
    const accepted = Object.values<Setting<unknown>>(settingsTable).find((one) => one.variable === variable)?.accepted;
    expect(problems).toEqual([
      {
        code: 'invalid-value',
        severity: 'warning',
        variable,
        value,
        accepted,
        origin: 'environment',
        text: `${variable}: invalid value "${value}" (expected ${accepted}); the default is used`,
      },
    ]);
    expect(comparable(settings)).toEqual(comparable(readSettings({})));
  });

  it.each([
    ['LDM_USER_ALLOW', ' , ', { userAllow: [] }],
    ['LDM_ALLOW_POWER', 'perhaps', { allowPower: false }],
    ['LDM_LIMIT_ONE_SESSION_PROMPT', 'perhaps', { limitOneSessionPrompt: true }],
    ['LDM_SSHFP_RESOLVER', 'dns.example', { sshfpResolvers: [] }],
    ['LDM_GUEST_SERVER', 'a:0', { guestServers: [] }],
    ['LDM_AUTOLOGIN_SERVER', '10.0.0.300', { autoLoginServers: [] }],
    ['LDM_USERNAME', '-oProxyCommand=x', { accountName: '' }],
    ['HOST_TO_USERNAME', 'pc', { hostToUserName: { from: '/', to: '' } }],
  ])('allow no more than was meant where %s=%j cannot be used', (variable, value, safe) => {
    const settings = readSettings({ [variable]: value });
    expect(settings).toMatchObject(safe);
    expect(settings.problems).toHaveLength(1);
  });

  it('trust nobody by a line that cannot be read', () => {
    const unreadable = new Set(['LDM_USER_ALLOW', 'LDM_HOST_KEYS', 'LDM_BALANCE', 'LDM_SSHFP_RESOLVER']);
    const settings = readSettings({ LDM_SSHOPTIONS: '-o StrictHostKeyChecking=accept-new' }, { unreadable });
    expect(settings).toMatchObject({ userAllow: [], hostKeys: 'strict', balance: undefined, sshfpResolvers: [] });
  });

  it.each(['no', 'off', '', 'strictly', 'accept-new please'])(
    'keep host keys strict with LDM_HOST_KEYS=%j',
    (value) => {
      const settings = readSettings({ LDM_HOST_KEYS: value, LDM_SSHOPTIONS: '-o StrictHostKeyChecking=no' });
      expect(settings.hostKeys).toBe('strict');
    },
  );

  it.each(['LDM_ETCD_CA', 'LDM_ETCD_CERT', 'LDM_ETCD_KEY', 'LDM_ETCD_USER', 'LDM_ETCD_PASSWORD_FILE'])(
    'do not ask etcd if %s, by which it is trusted, is invalid',
    (variable) => {
      const settings = readSettings({ LDM_ETCD: 'https://etcd:2379', [variable]: 'not\na path' });
      expect(settings.etcd).toBeUndefined();
      expect(settings.sources.etcd).toEqual({ kind: 'replaced', origin: 'environment' });
      expect(settings.problems.map((problem) => problem.variable)).toEqual([variable, 'LDM_ETCD']);
      expect(settings.problems.at(-1)).toEqual({
        code: 'invalid-value',
        severity: 'warning',
        variable: 'LDM_ETCD',
        origin: 'environment',
        text: `LDM_ETCD: etcd is not asked, because ${variable} is invalid`,
      });
    },
  );

  it('say nothing about an etcd that is not configured', () => {
    const { problems, sources } = readSettings({ LDM_ETCD_CA: 'ca.pem' });
    expect(problems.map(({ variable }) => variable)).toEqual(['LDM_ETCD_CA']);
    expect(sources.etcd).toEqual({ kind: 'default' });
  });

  it('ask etcd if all that it is trusted by is valid', () => {
    const settings = readSettings({ LDM_ETCD: 'https://etcd:2379', LDM_ETCD_CA: '/ca.pem' });
    expect(settings).toMatchObject({ etcd: ['https://etcd:2379'], etcdCa: '/ca.pem', problems: [] });
  });

  it('pass on every variable that is set, but no secret', () => {
    const { variables } = readSettings({ LDM_SERVER: 'a', MINE: '1', LDM_PASSWORD: 's3cret', OTHER: undefined });
    expect(variables).toStrictEqual({ LDM_SERVER: 'a', MINE: '1' });
  });

  it.each([
    ['-p 23', 'default', ['/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d']],
    ['-o UserKnownHostsFile=/u', 'ssh-options', ['/u', '/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d']],
    ['-o GlobalKnownHostsFile=/g', 'ssh-options', ['/g']],
    ['-o UserKnownHostsFile=/u -o GlobalKnownHostsFile=/g', 'ssh-options', ['/u', '/g']],
  ])('have with LDM_SSHOPTIONS=%j known hosts of the source %s', (options, kind, files) => {
    const { knownHosts, sources } = readSettings({ LDM_SSHOPTIONS: options });
    expect(sources.knownHosts.kind).toBe(kind);
    expect(knownHosts).toEqual(files);
  });

  it('know the place of the options that stand for another setting', () => {
    const place = { file: '/etc/lts.conf', line: 3 };
    const origins = new Map([['LDM_SSHOPTIONS', place]]);
    const { sources } = readSettings({ LDM_SSHOPTIONS: '-p 23' }, { origins });
    expect(sources.sshPort).toEqual({ kind: 'ssh-options', origin: place });
  });

  it('do not let LDM_SSHOPTIONS weaken a setting that is invalid', () => {
    const variables = { LDM_HOST_KEYS: 'stict', LDM_SSHOPTIONS: '-o StrictHostKeyChecking=accept-new' };
    expect(readSettings(variables)).toMatchObject({ hostKeys: 'strict', sources: { hostKeys: { kind: 'replaced' } } });
  });

  it.each([
    ['LDM_SERVER', 'good -oProxyCommand=x b:0 [::1]', { servers: ['good', '[::1]'] }],
    ['LDM_KNOWN_HOSTS', 'here /etc/keys', { knownHosts: ['/etc/keys'] }],
    ['LDM_ETCD', 'ftp://etcd1 https://etcd2:2379', { etcd: ['https://etcd2:2379'] }],
  ])('use what can be used of %s=%s, and report the rest', (variable, value, expected) => {
    const { servers, knownHosts, etcd, problems } = readSettings({ [variable]: value });
    expect({ servers: servers?.map(({ name }) => name), knownHosts, etcd }).toMatchObject(expected);
    const rest = value.split(' ').filter((word) => !Object.values(expected).flat().includes(word));
    expect(problems.map((problem) => problem.value)).toEqual(rest);
  });

  it.each(['Xsession', 'xsession'])('take LDM_XSESSION=%s for the usual places', (value) => {
    expect(readSettings({ LDM_XSESSION: value })).toMatchObject({ xsession: undefined, problems: [] });
  });

  it('show no password of a URL in a problem', () => {
    const { problems } = readSettings({ LDM_ETCD: 'https://root:s3cret@etcd1:2379 https://etcd2:2379' });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });

  it('take any value for any variable, and never throw', () => {
    const names = Object.values<Setting<unknown>>(settingsTable).map(({ variable }) => variable);
    const words = fc.constantFrom(
      '-o',
      '-p',
      '=',
      ' ',
      '"',
      "'",
      '/',
      '[',
      ',',
      'yes',
      '22',
      'no',
      '@',
      '\\',
      '(',
      '^',
    );
    const text = fc.array(fc.oneof(words, fc.string({ maxLength: 8 })), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, 'LDM_MENU_ITEM_1'), text), (variables) => {
        const { hostKeys, problems } = readSettings(variables);
        if (!JSON.stringify(variables).includes('accept-new')) expect(hostKeys).toBe('strict');
        for (const { variable, text } of problems) expect(text).toContain(variable);
      }),
      { numRuns: 100 },
    );
  });

  it('are each named once in the table', () => {
    const names = Object.values(settingsTable).map(({ variable }) => variable);
    expect(new Set(names).size).toBe(names.length);
  });
});

/** The settings as they count, whatever they come from. */
function comparable(settings: Partial<Settings>): unknown {
  return { ...settings, problems: [], sources: {}, originOf: undefined, variables: {} };
}
