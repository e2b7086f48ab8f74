import { clientSettings } from './client-settings.js';
import { desktopSettings } from './desktop-settings.js';
import { etcdSettings } from './etcd-settings.js';
import { hookSettings } from './hook-settings.js';
import { loginSettings } from './login-settings.js';
import { type MenuEntry, readMenu } from './menu-settings.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from './server-address.js';
import { serverSettings } from './server-settings.js';
import { sessionSettings, withinSilenceBounds } from './session-settings.js';
import { type Setting, SettingsError } from './setting.js';
import { keepaliveTimeoutMs } from './ssh-options.js';

export { type BalanceRule, balanceRules, type HostKeyPolicy, type SshfpPolicy } from './server-settings.js';
export { type Setting, SettingsError };

/** Every variable that is read, by topic, in the order of the manual. */
export const settingsTopics = [
  { title: 'Servers', table: serverSettings },
  { title: 'Servers from etcd', table: etcdSettings },
  { title: 'Who logs in', table: loginSettings },
  { title: 'Session', table: sessionSettings },
  { title: 'What the session finds of this client', table: desktopSettings },
  { title: 'Hooks', table: hookSettings },
  { title: 'This client', table: clientSettings },
] as const;

/** The same in one. */
export const settingsTable = {
  ...serverSettings,
  ...etcdSettings,
  ...loginSettings,
  ...sessionSettings,
  ...desktopSettings,
  ...hookSettings,
  ...clientSettings,
};

type Table = typeof settingsTable;
type Read = { readonly [K in keyof Table]: Table[K]['fallback'] };
type Plain = Omit<Read, WordKeys>;
type WordKeys = 'serverWords' | 'guestServerWords' | 'autoLoginServerWords';

/** What the administrator said, read once and checked. Times are in ms where their names say so. */
export type Settings = Plain & {
  /** LDM_SERVER, without its repetitions; undefined when the list comes from elsewhere. */
  readonly servers: readonly ServerAddress[] | undefined;
  /** LDM_GUEST_SERVER and LDM_AUTOLOGIN_SERVER. */
  readonly guestServers: readonly ServerAddress[] | undefined;
  readonly autoLoginServers: readonly ServerAddress[] | undefined;
  /** Entries of the administrator's in the Preferences menu. */
  readonly menu: readonly MenuEntry[];
  /** Everything that was set, known here or not, for hooks; without secrets. */
  readonly variables: Readonly<Record<string, string>>;
};

/** What a variable was set to; undefined where it was not. An empty one counts as unset. */
function textOf({ variable, secret }: Setting<unknown>, variables: Variables): string | undefined {
  const text = variables[variable] ?? '';
  if (text.trim() === '') return undefined;
  // A blank may be part of a password.
  return secret ? text : text.trim();
}
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting from variables of their names.
 * @throws {SettingsError} for the first value that cannot be meant
 */
export function readSettings(variables: Variables): Settings {
  const read = (key: keyof Table): unknown => {
    const text = textOf(settingsTable[key], variables);
    const { variable, accepted, fallback, parse } = settingsTable[key];
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined) throw new SettingsError(variable, text, `give ${accepted}`);
    return value;
  };
  const keys = Object.keys(settingsTable) as (keyof Table)[];
  // The table's own types say what each key holds; TypeScript cannot follow them through the loop.
  const { serverWords, guestServerWords, autoLoginServerWords, ...rest } = Object.fromEntries(
    keys.map((key) => [key, read(key)]),
  ) as Read;
  const ssh = withSshOptions(rest, variables);
  const listed = (list: readonly string[] | undefined, { variable }: Setting<unknown>) =>
    list && parseServerList(list, ssh.sshPort, variable);
  return {
    ...rest,
    ...ssh,
    servers: listed(serverWords, settingsTable.serverWords),
    guestServers: listed(guestServerWords, settingsTable.guestServerWords),
    autoLoginServers: listed(autoLoginServerWords, settingsTable.autoLoginServerWords),
    menu: readMenu(variables),
    variables: withoutSecrets(variables),
  };
}

/** What LDM_SSHOPTIONS says of settings that have a variable of their own, where that is not set. */
function withSshOptions(read: Plain, variables: Variables) {
  const { port, connectTimeoutMs, hostKeys, userKnownHosts, globalKnownHosts } = read.sshOptions;
  const pick = <K extends 'sshPort' | 'connectTimeoutMs' | 'sessionTimeoutMs' | 'hostKeys' | 'knownHosts'>(
    key: K,
    said?: Plain[K],
  ): Plain[K] => (said === undefined || textOf(settingsTable[key], variables) !== undefined ? read[key] : said);
  const silenceMs = keepaliveTimeoutMs(read.sshOptions);
  const files = [...(userKnownHosts ?? []), ...(globalKnownHosts ?? [])];
  return {
    sshPort: pick('sshPort', port),
    connectTimeoutMs: pick('connectTimeoutMs', connectTimeoutMs),
    sessionTimeoutMs: pick('sessionTimeoutMs', silenceMs && withinSilenceBounds(silenceMs)),
    hostKeys: pick('hostKeys', hostKeys),
    knownHosts: pick('knownHosts', files.length > 0 ? files : undefined),
  };
}

/** The variables whose values are handed to nobody. */
export const secretVariables: ReadonlySet<string> = new Set(
  Object.values<Setting<unknown>>(settingsTable).flatMap(({ secret, variable }) => (secret ? [variable] : [])),
);

function withoutSecrets(variables: Variables): Record<string, string> {
  const shown = Object.entries(variables).filter(([name]) => !secretVariables.has(name));
  return Object.fromEntries(shown.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
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
