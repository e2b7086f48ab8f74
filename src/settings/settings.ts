import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../shared/server-address.js';
import { invalidValue, type Origin, type SettingsProblem, shown } from './problem.js';
import { readSetting, type Source } from './read-setting.js';
import type { Setting } from './setting.js';
import { keepaliveTimeoutMs } from './ssh-options/ssh-options.js';
import { clientSettings } from './tables/client-settings.js';
import { desktopSettings } from './tables/desktop-settings.js';
import { etcdSettings } from './tables/etcd-settings.js';
import { hookSettings } from './tables/hook-settings.js';
import { loginSettings } from './tables/login-settings.js';
import { acceptedLabel, type MenuEntry, readMenu } from './tables/menu-settings.js';
import { serverSettings } from './tables/server-settings.js';
import { sessionSettings, withinSilenceBounds } from './tables/session-settings.js';

export { type BalanceRule, balanceRules, type HostKeyPolicy, type SshfpPolicy } from './tables/server-settings.js';
export type { Setting };

/** Every variable that ldm reads, by topic, in the order of the manual. */
export const settingsTopics = [
  { title: 'Servers', table: serverSettings },
  { title: 'Servers from etcd', table: etcdSettings },
  { title: 'Guests, automatic logins and users', table: loginSettings },
  { title: 'Session', table: sessionSettings },
  { title: 'Sound, printers and scanner', table: desktopSettings },
  { title: 'Hooks', table: hookSettings },
  { title: 'This client', table: clientSettings },
] as const;

/** All topics in one table. */
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
export type SettingKey = keyof Table;
type Read = { readonly [K in SettingKey]: Table[K]['defaultValue'] };
type Plain = Omit<Read, NameKeys>;
type NameKeys = 'serverNames' | 'guestServerNames' | 'autoLoginServerNames';
type Sources = { readonly [K in SettingKey]: Source };

/** The administrator's configuration, read and checked once. Times are in ms where their names say so. */
export type Settings = Plain & {
  /** LDM_SERVER without duplicates; undefined when the list comes from another source. */
  readonly servers: readonly ServerAddress[] | undefined;
  /** LDM_GUEST_SERVER and LDM_AUTOLOGIN_SERVER. */
  readonly guestServers: readonly ServerAddress[] | undefined;
  readonly autoLoginServers: readonly ServerAddress[] | undefined;
  /** The administrator's entries in the Preferences menu. */
  readonly menu: readonly MenuEntry[];
  /** Every variable that is set, known or unknown, for hooks; without secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** What is invalid in the configuration. */
  readonly problems: readonly SettingsProblem[];
  /** The source of each value. */
  readonly sources: Sources;
  /** The place where a variable is set. */
  readonly originOf: (variable: string) => Origin;
};

type Variables = Readonly<Record<string, string | undefined>>;

/** The places of the variables, and the problems that were found before. */
export interface Said {
  /** Variables that are not named here come from the environment. */
  readonly origins?: ReadonlyMap<string, Origin>;
  /** Variables in lines that cannot be parsed. They do not count as unset. */
  readonly unreadable?: ReadonlySet<string>;
  readonly problems?: readonly SettingsProblem[];
}

/**
 * Reads every setting from its variable. An empty variable counts as unset. An invalid value is reported and replaced by
 * a safe one. Never throws.
 */
export function readSettings(variables: Variables, said: Said = {}): Settings {
  const originOf = (variable: string): Origin => said.origins?.get(variable) ?? 'environment';
  const problems: SettingsProblem[] = [...(said.problems ?? [])];
  const sources: Partial<Record<SettingKey, Source>> = {};
  const read = (key: SettingKey): unknown => {
    // One type for all keys; the table has the type of each.
    const definition: Setting<unknown> = settingsTable[key];
    const { variable } = definition;
    const text = said.unreadable?.has(variable) ? null : variables[variable];
    const { value, source, problems: found } = readSetting(definition, text, originOf(variable));
    sources[key] = source;
    problems.push(...found);
    return value;
  };
  const keys = Object.keys(settingsTable) as SettingKey[];
  const { serverNames, guestServerNames, autoLoginServerNames, ...rest } = Object.fromEntries(
    keys.map((key) => [key, read(key)]),
  ) as Read;
  const found = sources as Record<SettingKey, Source>;
  const ssh = withSshOptions(rest, found, originOf);
  const { menu, invalid } = readMenu(variables);
  for (const { variable, label } of invalid) {
    const text = invalidValue(variable, label, acceptedLabel, 'the entry is left out');
    const about = { variable, value: shown(label), accepted: acceptedLabel, origin: originOf(variable) };
    problems.push({ code: 'invalid-value', severity: 'warning', ...about, text });
  }
  const listed = (list: readonly string[] | undefined) => list && parseServerList(list, ssh.sshPort);
  return {
    ...rest,
    ...ssh,
    etcd: safeEtcd(rest, found, problems, originOf),
    servers: listed(serverNames),
    guestServers: listed(guestServerNames),
    autoLoginServers: listed(autoLoginServerNames),
    menu,
    variables: withoutSecrets(variables),
    problems,
    sources: found,
    originOf,
  };
}

/** The settings that LDM_SSHOPTIONS sets where their own variables are unset. */
function withSshOptions(read: Plain, sources: Record<SettingKey, Source>, originOf: Settings['originOf']) {
  const { port, connectTimeoutMs, hostKeys, userKnownHosts, globalKnownHosts } = read.sshOptions;
  const pick = <K extends 'sshPort' | 'connectTimeoutMs' | 'sessionTimeoutMs' | 'hostKeys' | 'knownHosts'>(
    key: K,
    option?: Plain[K],
  ): Plain[K] => {
    // An invalid value counts as set: the option must not weaken what it was meant to be.
    if (option === undefined || sources[key].kind !== 'default') return read[key];
    sources[key] = { kind: 'ssh-options', origin: originOf(settingsTable.sshOptions.variable) };
    return option;
  };
  const silenceMs = keepaliveTimeoutMs(read.sshOptions);
  // As with ssh, the user's file does not replace the system's files.
  const files =
    userKnownHosts === undefined && globalKnownHosts === undefined
      ? undefined
      : [...(userKnownHosts ?? []), ...(globalKnownHosts ?? read.knownHosts)];
  return {
    sshPort: pick('sshPort', port),
    connectTimeoutMs: pick('connectTimeoutMs', connectTimeoutMs),
    sessionTimeoutMs: pick('sessionTimeoutMs', silenceMs && withinSilenceBounds(silenceMs)),
    hostKeys: pick('hostKeys', hostKeys),
    knownHosts: pick('knownHosts', files),
  };
}

/** etcd names the servers, so it is not asked when a setting that it is trusted by is invalid. */
function safeEtcd(
  read: Plain,
  sources: Record<SettingKey, Source>,
  problems: SettingsProblem[],
  originOf: Settings['originOf'],
): Plain['etcd'] {
  const needed = ['etcdCa', 'etcdCert', 'etcdKey', 'etcdUser', 'etcdPasswordFile'] as const;
  const broken = needed.find((key) => sources[key].kind === 'replaced');
  if (read.etcd === undefined || broken === undefined) return read.etcd;
  const { variable } = settingsTable.etcd;
  const origin = originOf(variable);
  const text = `${variable}: etcd is not asked, because ${settingsTable[broken].variable} is invalid`;
  problems.push({ code: 'invalid-value', severity: 'warning', variable, origin, text });
  sources.etcd = { kind: 'replaced', origin };
  return undefined;
}

/** The variables whose values are never passed on. */
export const secretVariables: ReadonlySet<string> = new Set(
  Object.values<Setting<unknown>>(settingsTable).flatMap(({ secret, variable }) => (secret ? [variable] : [])),
);

function withoutSecrets(variables: Variables): Record<string, string> {
  const kept = Object.entries(variables).filter(([name]) => !secretVariables.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The servers in a list of names, without duplicates, in their order. Invalid names are left out. */
export function parseServerList(list: readonly string[], sshPort: number): ServerAddress[] {
  return withoutDuplicates(list.flatMap((word) => parseServerAddress(word, sshPort) ?? []));
}
