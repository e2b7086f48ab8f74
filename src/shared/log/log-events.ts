import { debug, error, info, type LogEventTable, warn } from './log-table.js';

/** How a key that was refused is described. */
const shownKey = ['server', 'port', 'type', 'fingerprint', 'detail'] as const;

const login = {
  login: info(
    'A login has ended. `outcome` is `started` for a session, or says why there is none.',
    'outcome',
    'user',
    'server',
    'ms',
  ),
  'server-failed': warn(
    'One server failed during a login; `code` says how. The login continues on the next server, if there is one. ' +
      '`ldm login` prints the failure itself and logs this event at `debug`.',
    'server',
    'code',
    'detail',
    'serverMessage',
    'ms',
  ),
  'connection-secured': info(
    'A connection is encrypted, and the host key is verified. The fields name the algorithms.',
    'server',
    'kex',
    'hostKey',
    'cipher',
  ),
  'login-refused': info(
    'The server refused the user or the answers, or this client does not allow them.',
    'code',
    'detail',
  ),
  'login-error': error('An unexpected error ended the login.', 'detail'),
  'other-sessions-unknown': warn(
    '`LDM_LIMIT_ONE_SESSION` has no effect: the server does not tell which logins are sessions over ssh.',
    'server',
  ),
} as const;

const hostKeys = {
  'host-key-unknown': error('Refused: no key is known for this host, or only keys of other types are.', ...shownKey),
  'host-key-changed': error('Refused: the host has a different key from the known one.', ...shownKey),
  'host-key-revoked': error('Refused: the key, or its certificate authority, is marked `@revoked`.', ...shownKey),
  'host-key-weak': error('Refused: the RSA key has fewer bits than required.', ...shownKey),
  'host-certificate-refused': error('Refused: the certificate does not prove the identity of the host.', ...shownKey),
  'host-certificate-time': error(
    'Refused: the certificate has expired or is not valid yet. Compare the clocks.',
    ...shownKey,
  ),
  'host-certificate-accepted': info(
    'A certificate proved the identity of the host.',
    'server',
    'port',
    'id',
    'serial',
    'authority',
    'fingerprint',
  ),
  'host-certificate-unusable': warn(
    'A certificate does not count; `problem` says why. The key in it is then compared with the known keys.',
    'server',
    'port',
    'id',
    'serial',
    'authority',
    'fingerprint',
    'names',
    'from',
    'until',
    'now',
    'problem',
  ),
  'host-key-in-dns': info(
    'An SSHFP record, proved by DNSSEC, confirms the key.',
    'server',
    'port',
    'type',
    'fingerprint',
  ),
  'host-key-not-in-dns': info('SSHFP records were not used; `why` says why.', 'host', 'why'),
  'host-key-learned': warn(
    'Under `accept-new`, the key of an unknown host was saved.',
    'server',
    'port',
    'type',
    'fingerprint',
    'file',
  ),
  'host-key-not-learned': error(
    'Under `accept-new`, the key could not be saved. The server is refused.',
    'server',
    'port',
    'type',
    'fingerprint',
    'file',
    'problem',
  ),
  'known-hosts-line-skipped': warn(
    'A line of a known_hosts file is invalid and is ignored.',
    'file',
    'line',
    'problem',
  ),
  'known-hosts-unreadable': warn('A file or directory of host keys cannot be read.', 'file', 'problem'),
} as const;

const discovery = {
  'get-hosts-failed': error('The get_hosts program gave no list.', 'program', 'problem'),
  'get-hosts-failed-list-used': warn(
    'The get_hosts program failed, but the list it printed is used.',
    'program',
    'problem',
  ),
  'get-hosts-entry-skipped': warn('An entry of the list from get_hosts is not a server address.', 'program', 'word'),
  'srv-failed': error('The SRV lookup of `LDM_SERVER_SRV` gave no list.', 'name', 'code', 'problem'),
  'etcd-failed': error('etcd gave no list.', 'code', 'problem'),
  'etcd-key-skipped': warn('A key in etcd is not a server address. At most 20 are named.', 'key'),
  'etcd-more-keys-skipped': warn('More than 20 keys were skipped. `keys` is the number of all of them.', 'keys'),
  'etcd-without-majority': warn('The list comes from one etcd member without a majority and may be old.'),
  'etcd-password-unencrypted': warn('The password for this etcd endpoint is sent without TLS.', 'endpoint'),
} as const;

const memory = {
  'demotions-unreadable': warn('The record of servers that failed cannot be read and counts as empty.', 'file', 'code'),
  'demotions-damaged': warn('The record of servers that failed is damaged and counts as empty.', 'file'),
  'demotions-not-saved': warn(
    'The record of servers that failed cannot be saved; it is kept until `ldm` ends.',
    'file',
    'code',
  ),
  'ssh-ports-unreadable': info(
    'The record of ssh ports that answered cannot be read and counts as empty.',
    'file',
    'code',
  ),
  'ssh-ports-not-saved': info('The record of ssh ports that answered cannot be saved.', 'file', 'code'),
  'pending-notice-not-saved': warn('The message for the next login screen cannot be saved.', 'file', 'code'),
} as const;

const settings = {
  'setting-problem': warn('A setting cannot be used; `at` is its file and line.', 'at', 'variable', 'problem'),
  'setting-note': info('A remark about a setting that needs no repair.', 'at', 'variable', 'problem'),
  'more-setting-problems': warn('There are `more` problems than were logged. See `ldm settings`.', 'more'),
  'setting-without-effect': warn(
    'A variable of the classic LDM is set but has no effect.',
    'variable',
    'reason',
    'instead',
  ),
  'settings-reload-failed': error('The settings could not be read again. The previous ones stay in force.', 'problem'),
} as const;

const session = {
  'server-silent': warn(
    'The server of the session does not answer. `ms` is the time since it was last heard.',
    'server',
    'ms',
  ),
  'server-responding': info('The server of the session answers again.', 'server', 'ms'),
  'session-ended': info('The session has ended.', 'kind', 'code', 'signal', 'cause', 'detail'),
  'display-lost': error('The X server of this screen has ended, and the session with it.'),
  'desktop-watch-failed': warn(
    'The windows of the display cannot be watched. The first X11 client counts as the start of the desktop.',
    'problem',
  ),
  'server-woken': info('A server that was switched on over the network (Wake-on-LAN) can be used.', 'server', 'ms'),
  'wake-failed': warn('A server could not be switched on over the network (Wake-on-LAN).', 'server', 'problem'),
  'screen-rest-failed': warn('The X server could not be told when the screen goes dark.', 'problem'),
  'x11-refused': warn(
    'An X11 connection from the server was refused. See `docs/sessions.md`.',
    'from',
    'port',
    'reason',
  ),
  'x11-without-cookie': info(
    'An X11 connection from the server without any cookie was refused. PulseAudio does this at the start of most Xfce sessions.',
    'from',
    'port',
  ),
  'x11-rejected': warn(
    'An X11 channel was rejected: too many are open, or the session is ending.',
    'from',
    'port',
    'reason',
  ),
  'device-failed': warn(
    'A device of this client (`SOUND`, `LDM_LOCAL_PRINTERS`, `LOCALDEV`) cannot be reached on this server, and the session ' +
      'goes on without it. An sshd with `AllowStreamLocalForwarding no` forbids sound and printers. See `docs/devices.md`.',
    'device',
    'server',
    'problem',
  ),
  'device-connection-failed': warn(
    'A program of the session was not connected to a device of this client, or lost the connection.',
    'device',
    'problem',
  ),
  'device-failures-omitted': warn('So many failed connections to a device were not logged one by one.', 'count'),
  'drive-opened': info('A drive of this client is a folder of the session.', 'drive', 'server', 'ms'),
  'drive-closed': info(
    'A drive has left the session. `reason` is `ejected` by the user, `pulled`, `session-end` or `failed`.',
    'drive',
    'server',
    'reason',
  ),
  'drive-failed': warn(
    'A drive of this client cannot be used in the session, or could not be unmounted. The user is told.',
    'drive',
    'server',
    'problem',
  ),
  'drive-unfinished': warn(
    'A drive was pulled out before everything was written to it. The user is told.',
    'drive',
    'server',
  ),
  'sound-refused': info(
    'A program of the session wanted from the sound service what it must not do: `recording` without `LDM_MICROPHONE`, ' +
      'or another `command`.',
    'what',
  ),
  'sound-refusals-omitted': info('So many refusals were not logged one by one.', 'count'),
  'x11-refusals-omitted': warn('So many X11 refusals were not logged one by one.', 'count'),
} as const;

const hooks = {
  'hook-finished': info('A hook ended with exit code 0.', 'hook', 'ms', 'said'),
  'hook-exit-code': warn(
    'A hook ended with another exit code. See `docs/hooks.md` for what follows.',
    'hook',
    'ms',
    'code',
    'said',
  ),
  'hook-failed': error('A hook could not be run to its end.', 'hook', 'ms', 'problem', 'said'),
  'hook-not-trusted': error('A hook was not run, because others could have written it.', 'hook', 'path', 'problem'),
} as const;

const greeter = {
  'greeter-died': error(
    'The process of the login window ended unexpectedly. `deaths` counts how often this happened recently.',
    'why',
    'deaths',
  ),
  'greeter-internal-error': error('The process of the login window ended by an internal error.', 'text'),
  'greeter-warning': warn('The login window could not use something, such as a theme or a picture.', 'text'),
  'greeter-message-malformed': warn('The process of the login window sent an invalid message, which was ignored.'),
  'connection-window-died': error('The process of the `Connection` window ended.', 'why'),
  'network-watch-failed': warn('Changes of the network cannot be watched.', 'why'),
  'keyboard-layout-unknown': warn('The keyboard layout cannot be read.', 'problem'),
  'keyboard-layout-failed': warn(
    'The keyboard layout, model or options could not be set.',
    'layout',
    'args',
    'problem',
  ),
  'assistive-tool-failed': error('A screen reader, magnifier or on-screen keyboard did not start.', 'aid', 'problem'),
  'menu-command': info('A menu entry started its program.', 'what'),
  'menu-command-failed': error('The program of a menu entry failed.', 'what', 'problem'),
  'restart-due': info(
    'An upgrade replaced a program of `ldm`. `when` says when the login screen restarts.',
    'program',
    'when',
  ),
  restarting: info('The login screen restarts after an upgrade.', 'program'),
  'internal-error': error('An error that nothing handled ends the session in order. Please report it.', 'error'),
} as const;

const demo = {
  'demo-client-rejected': warn('A program of another user tried to connect to a demo server.', 'server'),
  'demo-connection-failed': debug('A connection to a demo server failed.', 'server', 'problem'),
  'demo-desktop-started': info('A demo desktop started.', 'server', 'program'),
  'demo-desktop-ended': info('A demo desktop ended.', 'server'),
  'demo-desktop-failed': error('A demo desktop could not start.', 'server', 'problem'),
} as const;

/** Every event that `ldm` logs. `docs/log-events.md` is generated from it. */
export const logEvents = {
  ...login,
  ...hostKeys,
  ...discovery,
  ...memory,
  ...settings,
  ...session,
  ...hooks,
  ...greeter,
  ...demo,
} as const satisfies LogEventTable;

/** The same by topic, in the order of the page. */
export const logTopics: readonly { readonly title: string; readonly table: LogEventTable }[] = [
  { title: 'Logins', table: login },
  { title: 'Host keys', table: hostKeys },
  { title: 'The server list', table: discovery },
  { title: 'Files that `ldm` keeps', table: memory },
  { title: 'Settings', table: settings },
  { title: 'Sessions', table: session },
  { title: 'Hooks', table: hooks },
  { title: 'The login screen', table: greeter },
  { title: 'The demo', table: demo },
];
