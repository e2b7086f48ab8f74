import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import '../../../src/session/ssh2/hooks.js';
import { sessionEnvironment } from '../../../src/session/session-environment.js';
import { algorithmsOf } from '../../../src/session/ssh/connect-config.js';
import { settingsManual } from '../../../src/settings/manual.js';
import { readSettings, settingsTable } from '../../../src/settings/settings.js';
import { sshAlgorithms } from '../../../src/settings/ssh-options/ssh-algorithms.js';
import { parseSshOptions } from '../../../src/settings/ssh-options/ssh-options.js';
import { setWithoutEffect, withoutEffect } from '../../../src/settings/tables/classic-variables.js';

/** Every variable that the classic LDM 2.2.19 and the LTSP scripts around it read. */
const classic = `
  LDM_SERVER LDM_SSHOPTIONS SSH_OVERRIDE_PORT LDM_DIRECTX LDM_GUEST_SERVER LDM_AUTOLOGIN_SERVER USE_XFS XFS_SERVER
  nc_q_param X_ARGS LDM_DEFAULT_BACKEND LDM_FORCE_BACKEND LDM_GREETER LDM_WINMANAGER RDP_SERVER RDP_DOMAIN RDP_OPTIONS
  RDP_SERVER_NN RDP_OPTIONS_NN LDM_AUTOLOGIN LDM_GUESTLOGIN LDM_LOGIN_TIMEOUT LDM_TIMEOUT_ENABLED LDM_TIMEOUT_TIME
  LDM_USERNAME LDM_PASSWORD HOST_TO_USERNAME LDM_USER_ALLOW LDM_LIMIT_ONE_SESSION LDM_LIMIT_ONE_SESSION_PROMPT
  LDM_PASSWORD_HASH LDM_SESSION LDM_FORCE_SESSION LDM_SELECTED_SESSION LDM_XSESSION LDM_DEFAULT_XSESSION LDM_LANGUAGE
  LDM_FORCE_LANGUAGE LDM_THEME LDM_CLOCK_FORMAT LDM_MENU_ITEM_0 LDM_MENU_ITEM_9 LDM_MENU_COMMAND_0 LDM_MENU_COMMAND_9
  LDM_XCOMPMGR LDM_NOMAD LDM_DEBUG_TERMINAL KILL_DBUS_DAEMON SOUND SOUND_DAEMON LOCALDEV SCANNER LDM_PRINTER_DEFAULT
  LDM_PRINTER_LIST LTSP_FATCLIENT LTSP_CLIENT_MAC CLIENT_ENV LOCAL_APPS LOCAL_APPS_EXTRAMOUNTS LOCAL_APPS_MENU
  LOCAL_APPS_WHITELIST REMOTE_APPS REMOTE_APPS_MENU_ITEMS REMOTE_APPS_MIME_PACKAGES SSH_FOLLOW_SYMLINKS
  SSH_DISABLE_HARDLINK CUPS_SERVER LDM_SYSLOG LDM_LOGLEVEL LDMINFO_IPADDR LDM_SOCKET DISPLAY XAUTHORITY XAUTHORITY_DIR
  TTY DISP XDG_SEAT SCREEN_NUM USER LANG LC_* NBD_ROOT_HOST NBD_ROOT_NAME NBD_ROOT_PORT CLUSTER_CONFIGURED CC_SERVER
  SERVER SHUTDOWN_TIME SCREEN_01 SCREEN_12 SCREEN_DEFAULT WAIT_FGCONSOLE DEFAULT_DISPLAY_MANAGER X_BLANKING X_NUMLOCK
  XKBLAYOUT XKBMODEL XKBRULES XKBOPTIONS XKBVARIANT XRANDR_* X_MODE_0 XINITRC_* LDM_DEBUG LDM_REMOTECMD LDM_GLOBAL_DMRC
  LDM_NUMLOCK LDM_12HOURCLOCK`
  .trim()
  .split(/\s+/);

describe('the manual of the settings', () => {
  const manual = settingsManual();

  it('is as the tables are; node scripts/settings-manual.mjs writes it', () => {
    expect(readFileSync(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8')).toBe(manual);
  });

  it.each(classic)('has %s of the classic', (variable) => {
    const named = manual.split('\n').flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1]?.split(/, | to /) ?? []);
    expect(named).toContain(variable);
  });

  it('has no empty cell', () => {
    const rows = manual.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.length).toBeGreaterThan(100);
    expect(
      rows.filter(
        (line) =>
          /\|\s*\|/.test(line) ||
          line.split(/(?<!\\)\|/).some((cell, at, all) => at > 0 && at < all.length - 1 && cell.trim() === ''),
      ),
    ).toEqual([]);
  });
});

describe('a variable of the classic', () => {
  it('is either read or without effect, never both', () => {
    const read = new Set(Object.values(settingsTable).map(({ variable }) => variable));
    expect(withoutEffect.filter(({ variable }) => read.has(variable))).toEqual([]);
  });

  it('without effect is found where it is set', () => {
    expect(
      setWithoutEffect({ LDM_DIRECTX: 'y', LDM_NOMAD: ' ', LDM_SERVER: 'a' }).map(({ variable }) => variable),
    ).toEqual(['LDM_DIRECTX']);
  });

  it.each(['nc_q_param', 'NC_Q_PARAM'])('without effect is found as %s', (name) => {
    expect(setWithoutEffect({ [name]: '1' }).map(({ variable }) => variable)).toEqual(['nc_q_param']);
  });
});

describe('the session of a client', () => {
  const environment = (variables: Record<string, string>, address = '10.0.0.7') =>
    sessionEnvironment(readSettings(variables), address);

  it('is told nothing where nothing is set', () => {
    expect(environment({})).toEqual({});
  });

  it.each([
    ['pulse', {}],
    ['tcp', { PULSE_SERVER: 'tcp:10.0.0.7:4713', LTSP_ALSA_DEFAULT: 'pulse' }],
    ['esd', { ESPEAKER: '10.0.0.7:16001' }],
    ['nasd', { AUDIOSERVER: '10.0.0.7:0' }],
    ['False', {}],
  ])('finds the sound service %s', (daemon, told) => {
    expect(environment({ SOUND: 'True', SOUND_DAEMON: daemon })).toEqual(told);
    expect(environment({ SOUND: 'no', SOUND_DAEMON: daemon })).toEqual({});
  });

  it('finds scanner, printers, MAC and what CLIENT_ENV adds', () => {
    const variables = {
      SCANNER: 'y',
      LDM_PRINTER_DEFAULT: 'hp',
      LDM_PRINTER_LIST: 'hp laser',
      LTSP_CLIENT_MAC: '00:11:22:33:44:55',
      CLIENT_ENV: 'A=b C=d=e',
    };
    expect(environment(variables)).toEqual({
      SANE_NET_HOSTS: '10.0.0.7',
      PRINTER: 'hp',
      PRINTER_LIST: 'hp laser',
      LTSP_CLIENT_MAC: '00:11:22:33:44:55',
      A: 'b',
      C: 'd=e',
    });
  });

  it('writes an IPv6 address so that its port is seen', () => {
    expect(environment({ SOUND: 'y', SOUND_DAEMON: 'tcp' }, 'fd00::7')).toMatchObject({
      PULSE_SERVER: 'tcp:[fd00::7]:4713',
    });
  });
});

describe('LDM_SSHOPTIONS', () => {
  it('is read in every way that ssh takes it', () => {
    expect(parseSshOptions('-p 2022 -oConnectTimeout=7 -o Compression=yes')).toEqual({
      port: 2022,
      connectTimeoutMs: 7_000,
      compress: true,
    });
    expect(parseSshOptions('-C -c aes128-ctr,aes256-ctr -m hmac-sha2-256')).toMatchObject({
      compress: true,
      ciphers: { how: 'only', names: ['aes128-ctr', 'aes256-ctr'] },
      macs: { how: 'only', names: ['hmac-sha2-256'] },
    });
    expect(parseSshOptions('-o KexAlgorithms=+diffie-hellman-group14-sha256')).toMatchObject({
      kex: { how: 'append' },
    });
  });

  /** What is set by the options, and what is said of those that are left out. */
  const taken = (text: string) => {
    const { sshOptions, problems, hostKeys, knownHosts } = readSettings({ LDM_SSHOPTIONS: text });
    expect(hostKeys).toBe('strict');
    const said = (severity: string) =>
      problems.flatMap((one) =>
        one.severity === severity ? [`${one.value}: ${one.text.replace(/^.*? is left out /, '')}`] : [],
      );
    return { sshOptions, knownHosts, warnings: said('warning'), notes: said('info') };
  };

  it.each([
    '-q',
    '-v -v',
    '-4',
    '-6',
    '-Y',
    '-X',
    '-x',
    '-t',
    '-tt',
    '-qtt',
    '-a',
    '-k',
    '-n',
    '-N',
    '-e none',
    '-E /tmp/log',
    '-o TCPKeepAlive=yes',
    '-o "TCPKeepAlive yes"',
    '-oTCPKeepAlive=yes',
    '-o "tcpkeepalive = no"',
    '-o BatchMode=yes',
    '-o GSSAPIAuthentication=no',
    '-o GSSAPIDelegateCredentials=no',
    '-o CheckHostIP=no',
    '-o LogLevel=ERROR',
    '-o ControlMaster=auto',
    '-o ForwardX11=yes',
    '-o IPQoS=throughput',
    '-o AddressFamily=inet',
    '-o ForwardAgent=no',
    '-o ProxyCommand=none',
    '-o Protocol=2',
    '-o ServerAliveInterval=0',
    '-o UserKnownHostsFile=none',
    '-o VerifyHostKeyDNS=no',
    '-o PreferredAuthentications=password',
    '-p 22 -p 23',
  ])('notes %s, which asks for nothing', (text) => {
    const { warnings, notes, sshOptions } = taken(text);
    expect(warnings).toEqual([]);
    expect(notes.length).toBeGreaterThan(0);
    expect(sshOptions).toEqual(text.startsWith('-p') ? { port: 22 } : {});
  });

  it('says nothing about an algorithm to remove that ldm does not have', () => {
    expect(taken('-o Ciphers=-blowfish-cbc')).toMatchObject({ sshOptions: {}, warnings: [], notes: [] });
  });

  it.each([
    '-oProxyCommand=x',
    '-o StrictHostKeyChecking=no',
    '-o stricthostkeychecking=off',
    '-o StrictHostKeyChecking=maybe',
    '-o UserKnownHostsFile=/dev/null',
    "-o 'UserKnownHostsFile /dev/null'",
    '-o GlobalKnownHostsFile=/dev/null',
    '-o UserKnownHostsFile=~/.ssh/known_hosts',
    '-R 8080:localhost:80',
    '-R8080:localhost:80',
    '-L 1:a:2',
    '-D 1080',
    '-A',
    '-K',
    '-g',
    '-J hop',
    '-o ProxyJump=hop',
    '-o ForwardAgent=yes',
    '-F /tmp/config',
    '-i /root/.ssh/id',
    '-o PermitLocalCommand=yes',
    '-o LocalCommand=x',
    '-o VerifyHostKeyDNS=yes',
    '-o HostName=elsewhere',
    '-l root',
    '-o NoHostAuthenticationForLocalhost=yes',
    '-o Protocol=1',
    '-o KnownHostsCommand=/bin/x',
    '-o User=root',
    '-c 3des-cbc',
    '-c arcfour',
    '-o Ciphers=+aes128-cbc',
    '-o Ciphers=^3des-cbc',
    '-o MACs=hmac-md5,hmac-sha1',
    '-o KexAlgorithms=+diffie-hellman-group1-sha1',
    '-o KexAlgorithms=diffie-hellman-group14-sha1',
    '-o HostKeyAlgorithms=+ssh-dss,ssh-rsa',
    '-o Ciphers=-*',
    '-o MACs=-hmac-sha2*',
    '-o Ciphers=rot13',
    '-o Ciphers=,',
    '-p',
    '-p 0',
    '-o Port',
    'host',
    '-o StrictHostKeyCheking=yes',
    '-o',
    '--',
    '-',
    '-o =',
    '-o HostKeyAlias=a,b',
  ])('leaves %s out with a warning, and the login stays strict', (text) => {
    const { warnings, sshOptions, knownHosts } = taken(text);
    expect(warnings.length).toBeGreaterThan(0);
    expect(sshOptions).toEqual({});
    expect(knownHosts).toEqual(['/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d']);
    const known = { hostKeyAlgorithms: ['ssh-ed25519'] };
    expect(algorithmsOf({ ...known, sshOptions })).toEqual(algorithmsOf(known));
  });

  it('takes what can be taken of many options, and says why it leaves the others', () => {
    const text =
      "-q -C -o TCPKeepAlive=yes -c 3des-cbc,aes128-ctr -o 'HostKeyAlias ltsp' -R 1:a:2 -oPort=2022 " +
      '-o StrictHostKeyChecking=no -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=/a /b"';
    const { sshOptions, warnings, notes, knownHosts } = taken(text);
    expect(sshOptions).toEqual({
      compress: true,
      ciphers: { how: 'only', names: ['aes128-ctr'] },
      hostKeyAlias: 'ltsp',
      port: 2022,
      userKnownHosts: ['/a', '/b'],
    });
    expect(knownHosts).toEqual(['/a', '/b', '/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d']);
    expect(warnings).toEqual([
      '-c 3des-cbc,aes128-ctr: (3des-cbc: it is old and would weaken the connection)',
      '-R 1:a:2: (ldm forwards nothing but X11)',
      '-o StrictHostKeyChecking=no: (host keys are always checked; ldm keys update collects them)',
    ]);
    expect(notes).toEqual([
      '-q: (it has no meaning for ldm)',
      '-o TCPKeepAlive=yes: (it has no meaning for ldm)',
      '-o StrictHostKeyChecking=accept-new: (it was set before, and the first value takes precedence)',
    ]);
  });

  it('stands for the settings that it names, unless they are set themselves', () => {
    const text = '-p 2022 -o ConnectTimeout=7 -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/k';
    const settings = readSettings({ LDM_SSHOPTIONS: text, LDM_SERVER: 'a b:1' });
    expect(settings).toMatchObject({
      sshPort: 2022,
      connectTimeoutMs: 7_000,
      hostKeys: 'accept-new',
      knownHosts: ['/k', '/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d'],
    });
    expect(settings.servers?.map(({ port }) => port)).toEqual([2022, 1]);
    expect(readSettings({ LDM_SSHOPTIONS: text, SSH_OVERRIDE_PORT: '23', LDM_HOST_KEYS: 'strict' })).toMatchObject({
      sshPort: 23,
      hostKeys: 'strict',
      connectTimeoutMs: 7_000,
    });
  });

  it('knows the algorithms that the ssh library has', () => {
    // There is no other place where it tells.
    const has = createRequire(import.meta.url)('ssh2/lib/protocol/constants.js') as Record<string, string[]>;
    expect([...sshAlgorithms.ciphers].sort()).toEqual([...(has.SUPPORTED_CIPHER ?? [])].sort());
    expect([...sshAlgorithms.macs].sort()).toEqual([...(has.SUPPORTED_MAC ?? [])].sort());
    expect([...sshAlgorithms.kex].sort()).toEqual([...(has.SUPPORTED_KEX ?? [])].sort());
    expect([...sshAlgorithms.hostKeyAlgorithms].sort()).toEqual([...(has.SUPPORTED_SERVER_HOST_KEY ?? [])].sort());
  });

  it('goes to the ssh library: algorithms and compression', () => {
    const known = { hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'] };
    const hybrid = ['mlkem768x25519-sha256', 'sntrup761x25519-sha512', 'sntrup761x25519-sha512@openssh.com'];
    const ciphers = [
      ...['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
      ...['aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
    ];
    const curves = [
      ...['curve25519-sha256@libssh.org', 'curve25519-sha256'],
      ...['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
    ];
    const groups = [
      ...['group-exchange-sha256', 'group14-sha256', 'group15-sha512', 'group16-sha512', 'group17-sha512'],
      'group18-sha512',
    ].map((name) => `diffie-hellman-${name}`);
    const exchanges = [...hybrid, ...curves, ...groups];
    const oldExchanges = ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1'];
    const strong = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'];
    expect(algorithmsOf(known)).toEqual({
      serverHostKey: known.hostKeyAlgorithms,
      cipher: expect.arrayContaining(ciphers),
      hmac: strong,
      kex: exchanges,
    });
    expect(algorithmsOf(known).cipher).toHaveLength(ciphers.length);
    expect(algorithmsOf({ ...known, postQuantum: 'require' }).kex).toEqual(hybrid);
    expect(algorithmsOf({ ...known, isLegacy: true })).toEqual({
      serverHostKey: [...known.hostKeyAlgorithms, 'ssh-rsa'],
      cipher: [...algorithmsOf(known).cipher, 'aes128-cbc', 'aes256-cbc'],
      hmac: [...strong, 'hmac-sha1-etm@openssh.com', 'hmac-sha1'],
      kex: [...exchanges, ...oldExchanges],
    });
    const { sshOptions } = taken('-C -c aes128-ctr -o MACs=-hmac-sha2-512 -o HostKeyAlgorithms=rsa-sha2-512');
    expect(algorithmsOf({ ...known, sshOptions })).toEqual({
      serverHostKey: ['rsa-sha2-512'],
      cipher: ['aes128-ctr'],
      hmac: strong.slice(0, 3),
      kex: exchanges,
      compress: ['zlib@openssh.com', 'none'],
    });
    const kexOf = (list: string, postQuantum?: 'require') =>
      algorithmsOf({ ...known, sshOptions: taken(`-o KexAlgorithms=${list}`).sshOptions, postQuantum }).kex;
    expect(kexOf('curve25519-sha256')).toEqual(['curve25519-sha256']);
    expect(kexOf('-mlkem768x25519-sha256')).toEqual(exchanges.slice(1));
    expect(kexOf('-mlkem768x25519-sha256', 'require')).toEqual(hybrid.slice(1));
    expect(kexOf('mlkem768x25519-sha256,curve25519-sha256', 'require')).toEqual(hybrid.slice(0, 1));
    expect(kexOf('^curve25519-sha256')).toEqual([...new Set(['curve25519-sha256', ...exchanges])]);
    expect(kexOf('curve25519-sha256', 'require')).toEqual(hybrid);
  });

  it('adds to the algorithms for old servers, and takes away from them, but never replaces them unasked', () => {
    const listsOf = (options: string) =>
      algorithmsOf({ hostKeyAlgorithms: ['ssh-ed25519'], isLegacy: true, sshOptions: taken(options).sshOptions });
    const { cipher, hmac, kex } = listsOf('');
    expect(listsOf('-o Ciphers=+aes128-gcm').cipher).toEqual([...cipher, 'aes128-gcm']);
    expect(listsOf('-o Ciphers=^aes256-ctr').cipher).toEqual([...new Set(['aes256-ctr', ...cipher])]);
    expect(listsOf('-o Ciphers=-*-cbc').cipher).toEqual(cipher.filter((name) => !name.endsWith('-cbc')));
    expect(listsOf('-o MACs=+hmac-sha2-256').hmac).toEqual(hmac);
    expect(listsOf('-o MACs=-hmac-sha1*').hmac).toEqual(hmac.filter((name) => !name.startsWith('hmac-sha1')));
    expect(listsOf('-o KexAlgorithms=+ecdh-sha2-nistp256').kex).toEqual(kex);
    expect(listsOf('-o Ciphers=aes128-ctr').cipher).toEqual(['aes128-ctr']);
  });

  it('never leaves a list empty, for ssh2 would then offer its own', () => {
    const { sshOptions } = taken('-o Ciphers=-*@openssh.com,*-ctr');
    expect(algorithmsOf({ hostKeyAlgorithms: ['ssh-ed25519'], sshOptions }).cipher.length).toBeGreaterThan(0);
  });

  it('says with ServerAliveInterval and ServerAliveCountMax how long a session waits for a silent server', () => {
    const wait = (options: string, own?: string): number =>
      readSettings({ LDM_SSHOPTIONS: options, LDM_SESSION_TIMEOUT: own }).sessionTimeoutMs;
    expect(wait('-C')).toBe(180_000);
    expect(wait('-o ServerAliveInterval=20 -o ServerAliveCountMax=4')).toBe(80_000);
    // OpenSSH counts three where it is not told, and looks at the count alone not at all.
    expect(wait('-o ServerAliveInterval=20')).toBe(60_000);
    expect(wait('-o ServerAliveCountMax=4')).toBe(180_000);
    // Within the bounds of LDM_SESSION_TIMEOUT, which takes precedence.
    expect(wait('-o ServerAliveInterval=1')).toBe(15_000);
    expect(wait('-o ServerAliveInterval=300 -o ServerAliveCountMax=99')).toBe(900_000);
    expect(wait('-o ServerAliveInterval=20', '240')).toBe(240_000);
  });

  it.each(['14', '901', '0', '-20', '20.5', 'never'])('does not take LDM_SESSION_TIMEOUT=%s', (text) => {
    const { sessionTimeoutMs, problems } = readSettings({ LDM_SESSION_TIMEOUT: text });
    expect(sessionTimeoutMs).toBe(180_000);
    expect(problems.map(({ variable }) => variable)).toEqual(['LDM_SESSION_TIMEOUT']);
  });
});

describe('LDM_MENU_ITEM_n', () => {
  it('is an entry where LDM_MENU_COMMAND_n says what it starts, in the order of the numbers', () => {
    const { menu } = readSettings({
      LDM_MENU_ITEM_3: '_Help',
      LDM_MENU_COMMAND_3: 'xmessage call 112',
      LDM_MENU_ITEM_0: 'Nothing',
      LDM_MENU_ITEM_1: 'Test',
      LDM_MENU_COMMAND_1: '/usr/bin/test-x',
    });
    expect(menu).toEqual([
      { label: 'Test', command: ['/usr/bin/test-x'] },
      { label: '_Help', command: ['xmessage', 'call', '112'] },
    ]);
  });

  it('is left out, and reported, where it is no line that can be shown', () => {
    const { menu, problems } = readSettings({
      LDM_MENU_ITEM_2: 'x'.repeat(101),
      LDM_MENU_COMMAND_2: '/bin/a',
      LDM_MENU_ITEM_3: 'B',
      LDM_MENU_COMMAND_3: '/bin/b',
    });
    expect(menu).toEqual([{ label: 'B', command: ['/bin/b'] }]);
    expect(problems.map(({ variable }) => variable)).toEqual(['LDM_MENU_ITEM_2']);
  });
});

describe('LDM_CLOCK_FORMAT', () => {
  it('loses its markup', () => {
    expect(readSettings({ LDM_CLOCK_FORMAT: '%x, <b>%H:%M</b>' }).clockFormat).toBe('%x, %H:%M');
  });
});
