import { isIP } from 'node:net';
import { parseServerAddress } from '../../shared/server-address.js';
import { setting } from '../setting.js';
import { acceptedSshOptions, parseSshOptions, type SshOptions } from '../ssh-options/ssh-options.js';
import {
  absolutePath,
  absolutePaths,
  acceptedYesOrNo,
  choice,
  hardwareAddresses,
  listOf,
  port,
  sameNames,
  seconds,
  wholeNumber,
  yesOrNo,
} from '../values.js';

/** What each rule does: servers/balancing/choose.ts. */
export const balanceRules = ['random', 'two-choices', 'affinity', 'weighted', 'best', 'listed'] as const;
export type BalanceRule = (typeof balanceRules)[number];
export type HostKeyPolicy = 'strict' | 'accept-new';
export type PostQuantumPolicy = 'prefer' | 'require';
export type SshfpPolicy = 'off' | 'dnssec';

/** @returns undefined for an unknown rule */
export const parseBalanceRule = choice<BalanceRule>({ ...sameNames(balanceRules), fixed: 'listed' });

/** Which servers exist, how they are queried and chosen, and how their keys are verified. */
export const serverSettings = {
  serverNames: setting<readonly string[] | undefined>({
    variable: 'LDM_SERVER',
    meaning: 'the servers of this client',
    accepted: 'names or addresses separated by white space: name, IPv4, IPv6, name:port, [IPv6]:port',
    defaultValue: undefined,
    parse: listOf(isServer),
  }),
  getHosts: setting<string | undefined>({
    variable: 'LDM_GET_HOSTS',
    meaning: 'program that prints the server list; used where LDM_SERVER is unset',
    accepted: 'the absolute path of a program',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  serverSrv: setting<string | undefined>({
    variable: 'LDM_SERVER_SRV',
    meaning: 'DNS SRV name of the server list; used where neither of the two settings above gives one',
    accepted: 'a DNS name such as _ldm._tcp.school.example',
    defaultValue: undefined,
    parse: (text) => (/^(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(text) ? text : undefined),
  }),
  balance: setting<BalanceRule | undefined>({
    variable: 'LDM_BALANCE',
    meaning: 'how automatic mode chooses a server; random is the default, two-choices the recommendation with ldminfod',
    accepted: `${balanceRules.join(', ')} (alias fixed)`,
    defaultValue: undefined,
    defaultText: 'random, or listed where get_hosts gives the list',
    parse: parseBalanceRule,
  }),
  affinityPoints: setting({
    variable: 'LDM_AFFINITY_POINTS',
    meaning:
      "with affinity: a user stays on the first of their two servers, unless the second one's rating is higher by more " +
      'than this',
    accepted: 'a whole number from 0 to 100',
    defaultValue: 0,
    parse: wholeNumber(0, 100),
  }),
  probeTimeoutMs: setting({
    variable: 'LDM_PROBE_TIMEOUT',
    meaning: 'timeout for the answer of one server, in seconds',
    accepted: 'seconds from 0.1 to 300, such as 2',
    defaultValue: 2_000,
    defaultText: '2',
    parse: seconds,
  }),
  connectTimeoutMs: setting({
    variable: 'LDM_CONNECT_TIMEOUT',
    meaning: 'timeout for the connection to one server and its verified host key, in seconds',
    accepted: 'seconds from 0.1 to 300, such as 10',
    defaultValue: 10_000,
    defaultText: '10',
    parse: seconds,
  }),
  serverMacs: setting<ReadonlyMap<string, string>>({
    variable: 'LDM_SERVER_MAC',
    meaning: 'hardware addresses of servers that can be switched on over the network (Wake-on-LAN)',
    accepted: 'NAME=ADDRESS separated by white space, such as app1=52:54:00:12:34:56; the names are those of the list',
    defaultValue: new Map(),
    defaultText: 'unset',
    parse: hardwareAddresses,
  }),
  wakeTimeoutMs: setting({
    variable: 'LDM_WAKE_TIMEOUT',
    meaning: 'timeout for servers that are being switched on, in seconds',
    accepted: 'seconds from 0.1 to 300, such as 180',
    defaultValue: 180_000,
    defaultText: '180',
    parse: seconds,
  }),
  knownHosts: setting<readonly string[]>({
    variable: 'LDM_KNOWN_HOSTS',
    meaning: 'files and directories with known host keys',
    accepted: 'absolute paths separated by white space',
    defaultValue: ['/etc/ssh/ssh_known_hosts', '/etc/ldm/known_hosts.d'],
    parse: absolutePaths,
  }),
  hostKeys: setting<HostKeyPolicy>({
    variable: 'LDM_HOST_KEYS',
    meaning: 'strict refuses a server without a known key; accept-new learns the key, for trial setups only',
    accepted: 'strict or accept-new',
    defaultValue: 'strict',
    parse: choice<HostKeyPolicy>({ strict: 'strict', 'accept-new': 'accept-new' }),
  }),
  sshfp: setting<SshfpPolicy>({
    variable: 'LDM_SSHFP',
    meaning:
      'dnssec accepts a key that is in no file if an SSHFP record confirms it and the resolver has validated that with DNSSEC',
    accepted: 'off or dnssec',
    defaultValue: 'off',
    parse: choice<SshfpPolicy>({ off: 'off', dnssec: 'dnssec' }),
  }),
  sshfpResolvers: setting<readonly string[] | undefined>({
    variable: 'LDM_SSHFP_RESOLVER',
    meaning: 'resolvers that are trusted for SSHFP records, instead of those on this machine in resolv.conf',
    accepted: 'IP addresses separated by white space',
    defaultValue: undefined,
    safe: { value: [], effect: 'SSHFP records are not used' },
    parse: listOf((word) => isIP(word) !== 0),
  }),
  postQuantum: setting<PostQuantumPolicy>({
    variable: 'LDM_POST_QUANTUM',
    meaning: 'post-quantum key exchange: require refuses a server without one',
    accepted: 'prefer or require',
    defaultValue: 'prefer',
    parse: choice<PostQuantumPolicy>({ prefer: 'prefer', require: 'require' }),
  }),
  legacySsh: setting({
    variable: 'LDM_LEGACY_SSH',
    meaning: 'also accepts outdated algorithms, for old servers: SHA-1, CBC, RSA keys of 1,024 bits or more',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  sshPort: setting({
    variable: 'SSH_OVERRIDE_PORT',
    meaning: 'ssh port of servers that are listed without a port',
    accepted: 'a port from 1 to 65535',
    defaultValue: 22,
    parse: port,
  }),
  sshOptions: setting<SshOptions>({
    variable: 'LDM_SSHOPTIONS',
    meaning: 'options of ssh connections; a dedicated variable for the same purpose takes precedence',
    accepted: acceptedSshOptions,
    defaultValue: {},
    defaultText: 'unset',
    parse: parseSshOptions,
  }),
  infoPort: setting({
    variable: 'LDM_INFO_PORT',
    meaning: 'port of the info service (ldminfod)',
    accepted: 'a port from 1 to 65535',
    defaultValue: 9571,
    parse: port,
  }),
};

/** Whether a word names a server, with or without a port. */
export function isServer(word: string): boolean {
  return parseServerAddress(word, 22) !== undefined;
}
