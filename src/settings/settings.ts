import { parseServerAddress, type ServerAddress, withoutDuplicates } from './server-address.js';

/** A setting that cannot be meant. `code` is stable; the message names variable, value and what is accepted. */
export class SettingsError extends Error {
  readonly code = 'wrong-setting';
  constructor(
    readonly variable: string,
    readonly value: string,
    readonly accepted: string,
  ) {
    super(`${variable}=${JSON.stringify(value)} cannot be used: ${accepted}`);
  }
}

/** What one variable of the administrator's means. */
interface Setting<T> {
  readonly variable: string;
  /** One line for the manual. */
  readonly meaning: string;
  /** What is accepted, for the manual and for the error. */
  readonly accepted: string;
  readonly fallback: T;
  /** @returns undefined where the text cannot be meant */
  readonly parse: (text: string) => T | undefined;
}

const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** What each rule does: servers/choose.ts. */
export const balanceRules = ['random', 'two-choices', 'weighted', 'best', 'listed'] as const;
export type BalanceRule = (typeof balanceRules)[number];
export type HostKeyPolicy = 'strict' | 'accept-new';

/** Every variable that is read, in the order of the manual. The one place that defines them. */
export const settingsTable = {
  serverWords: setting<readonly string[] | undefined>({
    variable: 'LDM_SERVER',
    meaning: 'the servers of this client',
    accepted: 'names or addresses separated by white space: name, IPv4, IPv6, name:port, [IPv6]:port',
    fallback: undefined,
    parse: words,
  }),
  getHosts: setting<string | undefined>({
    variable: 'LDM_GET_HOSTS',
    meaning: 'program asked for the servers where LDM_SERVER is unset',
    accepted: 'the absolute path of a program',
    fallback: undefined,
    parse: absolutePath,
  }),
  serverSrv: setting<string | undefined>({
    variable: 'LDM_SERVER_SRV',
    meaning: 'DNS SRV name asked for the servers where neither of the above names any',
    accepted: 'a DNS name such as _ldm._tcp.school.example',
    fallback: undefined,
    parse: (text) => (/^(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(text) ? text : undefined),
  }),
  etcd: setting<readonly string[] | undefined>({
    variable: 'LDM_ETCD',
    meaning: 'etcd endpoints asked for the servers where none of the above names any',
    accepted: 'URLs separated by white space, such as https://etcd1:2379 https://etcd2:2379',
    fallback: undefined,
    parse: (text) => (words(text)?.every(isEndpoint) ? words(text) : undefined),
  }),
  etcdPrefix: setting({
    variable: 'LDM_ETCD_PREFIX',
    meaning: 'what the keys of the servers in etcd begin with',
    accepted: 'printable ASCII without blanks',
    fallback: '/ldm/servers/',
    parse: (text) => (/^[!-~]{1,200}$/.test(text) ? text : undefined),
  }),
  etcdCa: setting<string | undefined>({
    variable: 'LDM_ETCD_CA',
    meaning: "file of the authority that signed etcd's certificate (PEM); without it the system's authorities count",
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdCert: setting<string | undefined>({
    variable: 'LDM_ETCD_CERT',
    meaning: 'file of the certificate that this client shows to etcd (PEM)',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdKey: setting<string | undefined>({
    variable: 'LDM_ETCD_KEY',
    meaning: 'file of the key to that certificate (PEM)',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdUser: setting<string | undefined>({
    variable: 'LDM_ETCD_USER',
    meaning: "this client's user name in etcd",
    accepted: 'a name without control characters',
    fallback: undefined,
    parse: oneLine,
  }),
  etcdPasswordFile: setting<string | undefined>({
    variable: 'LDM_ETCD_PASSWORD_FILE',
    meaning: 'file whose first line is the password of that user',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  balance: setting<BalanceRule | undefined>({
    variable: 'LDM_BALANCE',
    meaning: 'how automatic mode orders the servers; listed where get_hosts gives the list, else random',
    accepted: `${balanceRules.join(', ')} (alias fixed)`,
    fallback: undefined,
    parse: choice<BalanceRule>({ ...sameNames(balanceRules), fixed: 'listed' }),
  }),
  probeTimeoutMs: setting({
    variable: 'LDM_PROBE_TIMEOUT',
    meaning: "seconds for one server's answer",
    accepted: 'seconds from 0.1 to 300, such as 2',
    fallback: 2_000,
    parse: seconds,
  }),
  connectTimeoutMs: setting({
    variable: 'LDM_CONNECT_TIMEOUT',
    meaning: "seconds for one server's connection, key and sign-in prompt",
    accepted: 'seconds from 0.1 to 300, such as 10',
    fallback: 10_000,
    parse: seconds,
  }),
  knownHosts: setting<readonly string[]>({
    variable: 'LDM_KNOWN_HOSTS',
    meaning: 'files and directories of host keys',
    accepted: 'absolute paths separated by white space',
    fallback: ['/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d'],
    parse: (text) => (words(text)?.every((path) => path.startsWith('/')) ? words(text) : undefined),
  }),
  hostKeys: setting<HostKeyPolicy>({
    variable: 'LDM_HOST_KEYS',
    meaning: 'strict refuses a server without a known key; accept-new learns it, for trials',
    accepted: 'strict or accept-new',
    fallback: 'strict',
    parse: choice<HostKeyPolicy>({ strict: 'strict', 'accept-new': 'accept-new' }),
  }),
  sshPort: setting({
    variable: 'SSH_OVERRIDE_PORT',
    meaning: 'ssh port of servers that name none',
    accepted: 'a port from 1 to 65535',
    fallback: 22,
    parse: port,
  }),
  infoPort: setting({
    variable: 'LDM_INFO_PORT',
    meaning: 'port of the info service ldminfod',
    accepted: 'a port from 1 to 65535',
    fallback: 9571,
    parse: port,
  }),
  xsession: setting<string | undefined>({
    variable: 'LDM_XSESSION',
    meaning: 'program on the server that starts the desktop; without it the usual places are tried',
    accepted: 'an absolute path on the server',
    fallback: undefined,
    parse: absolutePath,
  }),
  session: setting<string | undefined>({
    variable: 'LDM_SESSION',
    meaning: 'session where neither the user nor their ~/.dmrc names one; without it the server decides',
    accepted: 'the name of a desktop file of the server, or a command there, without line breaks',
    fallback: undefined,
    parse: oneLine,
  }),
  forceSession: setting<string | undefined>({
    variable: 'LDM_FORCE_SESSION',
    meaning: 'the one session that there is; ignored on a server that does not have it',
    accepted: 'the name of a desktop file of the servers, such as xfce',
    fallback: undefined,
    parse: oneLine,
  }),
  language: setting<string | undefined>({
    variable: 'LDM_LANGUAGE',
    meaning: 'language of the session where neither the user nor their ~/.dmrc names one',
    accepted: 'a locale of the servers, such as de_DE.UTF-8, or default',
    fallback: undefined,
    parse: locale,
  }),
  forceLanguage: setting<string | undefined>({
    variable: 'LDM_FORCE_LANGUAGE',
    meaning: 'the one language that there is; ignored on a server that does not have it',
    accepted: 'a locale of the servers, such as de_DE.UTF-8',
    fallback: undefined,
    parse: locale,
  }),
  greeting: setting<string | undefined>({
    variable: 'LDM_GREETING',
    meaning: 'text under the entry until somebody logs in',
    accepted: 'text, of which \\n is a line break',
    fallback: undefined,
    parse: (text) => text.replaceAll('\\n', '\n'),
  }),
  stateDir: setting<string | undefined>({
    variable: 'LDM_STATE_DIR',
    meaning: 'where this client remembers servers that failed; /var/lib/ldm for root, else under $XDG_STATE_HOME',
    accepted: 'the absolute path of a directory',
    fallback: undefined,
    parse: absolutePath,
  }),
  restartCommand: setting<readonly string[]>({
    variable: 'LDM_RESTART_COMMAND',
    meaning: 'program that Restart... runs after its question',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    fallback: ['systemctl', 'reboot'],
    parse: words,
  }),
  shutDownCommand: setting<readonly string[]>({
    variable: 'LDM_SHUTDOWN_COMMAND',
    meaning: 'program that Shut Down... runs after its question',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    fallback: ['systemctl', 'poweroff'],
    parse: words,
  }),
  logLevel: setting({
    variable: 'LDM_LOGLEVEL',
    meaning: 'what is logged: 3 errors, 4 warnings, 6 what happens, 7 everything (never a password)',
    accepted: 'a number from 0 to 7',
    fallback: 6,
    parse: (text) => (/^[0-7]$/.test(text) ? Number(text) : undefined),
  }),
};

/** What the administrator said, read once and checked. Times are in ms. */
export type Settings = {
  readonly [K in Exclude<keyof typeof settingsTable, 'serverWords'>]: (typeof settingsTable)[K]['fallback'];
} & {
  /** LDM_SERVER, without its repetitions; undefined when the list comes from elsewhere. */
  readonly servers: readonly ServerAddress[] | undefined;
};

/**
 * Reads every setting from variables of their names; an empty one counts as unset.
 * @throws {SettingsError} for the first value that cannot be meant
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const read = (key: keyof typeof settingsTable): unknown => {
    const { variable, accepted, fallback, parse } = settingsTable[key];
    const text = variables[variable]?.trim() ?? '';
    if (text === '') return fallback;
    const value = parse(text);
    if (value === undefined) throw new SettingsError(variable, text, `give ${accepted}`);
    return value;
  };
  const keys = Object.keys(settingsTable) as (keyof typeof settingsTable)[];
  // The table's own types say what each key holds; TypeScript cannot follow them through the loop.
  const { serverWords, ...rest } = Object.fromEntries(keys.map((key) => [key, read(key)])) as {
    [K in keyof typeof settingsTable]: (typeof settingsTable)[K]['fallback'];
  };
  return { ...rest, servers: serverWords && parseServerList(serverWords, rest.sshPort, 'LDM_SERVER') };
}

/**
 * The servers that a list of words names, without repetitions, in their order.
 * @param source the variable or program that the words come from, for the error
 * @throws {SettingsError} for a word that names no server
 */
export function parseServerList(list: readonly string[], sshPort: number, source: string): ServerAddress[] {
  return withoutDuplicates(
    list.map((word) => {
      const server = parseServerAddress(word, sshPort);
      if (server === undefined) {
        throw new SettingsError(source, word, `give ${settingsTable.serverWords.accepted}`);
      }
      return server;
    }),
  );
}

function words(text: string): readonly string[] | undefined {
  const list = text.split(/\s+/).filter((word) => word !== '');
  return list.length > 0 ? list : undefined;
}

function absolutePath(text: string): string | undefined {
  return text.startsWith('/') && !hasControls(text) ? text : undefined;
}

function oneLine(value: string): string | undefined {
  return hasControls(value) ? undefined : value;
}

function locale(value: string): string | undefined {
  return /^[A-Za-z][\w.@-]{0,99}$/.test(value) ? value : undefined;
}

function isEndpoint(text: string): boolean {
  return /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?\/?$/i.test(text) && URL.canParse(text);
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function seconds(text: string): number | undefined {
  const ms = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  return ms >= 100 && ms <= 300_000 ? ms : undefined;
}

function port(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return number >= 1 && number <= 65535 ? number : undefined;
}

function choice<T extends string>(meanings: Readonly<Record<string, T>>): (text: string) => T | undefined {
  const known = new Map(Object.entries(meanings));
  return (text) => known.get(text.toLowerCase());
}

function sameNames<T extends string>(names: readonly T[]): Record<T, T> {
  return Object.fromEntries(names.map((name) => [name, name])) as Record<T, T>;
}
