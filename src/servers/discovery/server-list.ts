import { parseServerList, type Settings } from '../../settings/settings.js';
import { isExecutable } from '../../shared/files/executable.js';
import type { Log } from '../../shared/log/log.js';
import { trustProgram } from '../../shared/programs/program-trust.js';
import { runProgram } from '../../shared/programs/run-program.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../../shared/server-address.js';
import type { ServerStatus } from '../server-status.js';
import { listByEtcd, type ToldServers } from './etcd-list.js';
import { SrvError, type SrvOptions } from './srv.js';
import { listBySrv, type SrvList } from './srv-list.js';

/** The server list, and its source. */
export interface ServerList {
  readonly servers: readonly ServerAddress[];
  readonly source: 'LDM_SERVER' | 'get_hosts' | 'srv' | 'etcd' | 'default';
  /** The pool of a server (SRV priority). Lower pools come first. */
  readonly poolOf: (server: ServerAddress) => number;
  /** The weight of a server (SRV weight), which overrides its capacity. */
  readonly weightOf: (server: ServerAddress) => number | undefined;
  /** The hardware address of a server that can be switched on over the network, as `52:54:00:12:34:56`. */
  readonly macOf: (server: ServerAddress) => string | undefined;
  /** The statuses of the servers, in the order of the list, if the source reports them (etcd). Then no server is asked. */
  readonly told?: readonly ServerStatus[];
  /** Reads the list again, if it can change by itself, or if its source was unavailable. Never throws. */
  readonly again?: () => Promise<ServerList>;
  /** The configured source gave no list, so this is the fallback. */
  readonly isLastResort?: true;
}

/** What a list of names leaves to the settings, or open. */
const beside = ({ serverMacs }: Settings) => ({
  poolOf: () => 0,
  weightOf: () => undefined,
  macOf: ({ name }: ServerAddress) => serverMacs.get(name),
});

/** The paths of LTSP for the get_hosts program. The first that exists takes precedence. */
const hookPlaces = ['/usr/share/ltsp/get_hosts', '/usr/lib/ltsp/get_hosts'];
/** Users wait for the program, so it must not take longer than this. */
const hookRun = { children: 'bound', stdout: { maxBytes: 64 * 1024, part: 'all' }, timeoutMs: 5_000 } as const;
/** LTSP's name for the only server of a small installation. */
const lastResort = 'server';

/**
 * The list from the first source that has one: LDM_SERVER, the get_hosts program, DNS SRV, etcd. The fallback is the name
 * `server`. A source that fails or has no usable server is logged.
 * @param random uniform in [0, 1), as Math.random
 * @param srvOptions how DNS is asked; default: as resolv.conf says
 */
export async function discoverServers(
  settings: Settings,
  log: Log,
  random: () => number,
  srvOptions?: SrvOptions,
): Promise<ServerList> {
  const plain = beside(settings);
  if (settings.servers) return { ...plain, servers: settings.servers, source: 'LDM_SERVER' };
  const hook = settings.getHosts ?? hookPlaces.find(isExecutable);
  const named = hook === undefined ? [] : await askHook(hook, settings.sshPort, log);
  if (named.length > 0) return { ...plain, servers: named, source: 'get_hosts' };
  const { serverSrv, etcd, sshPort } = settings;
  const found = serverSrv === undefined ? undefined : await askDns(serverSrv, sshPort, log, random, srvOptions);
  if (found) return { ...plain, ...found, source: 'srv' };
  const told = etcd === undefined ? undefined : await listByEtcd(settings, log);
  if (told) return fromEtcd(told, settings, log);
  const rest = { ...plain, servers: parseServerList([lastResort], sshPort), source: 'default' } as const;
  if (hook === undefined && serverSrv === undefined && etcd === undefined) return rest;
  return { ...rest, isLastResort: true, again: () => discoverServers(settings, log, random, srvOptions) };
}

/** If etcd becomes unavailable later, its last list stays valid, and the servers are asked directly. */
function fromEtcd({ statuses, macOf }: ToldServers, settings: Settings, log: Log): ServerList {
  const servers = statuses.map(({ server }) => server);
  const list = { ...beside(settings), macOf, servers, source: 'etcd' } as const;
  const again = async (): Promise<ServerList> => {
    const next = await listByEtcd(settings, log);
    return next ? fromEtcd(next, settings, log) : { ...list, isLastResort: true, again };
  };
  return { ...list, told: statuses, again };
}

async function askDns(
  name: string,
  sshPort: number,
  log: Log,
  random: () => number,
  options?: SrvOptions,
): Promise<SrvList | undefined> {
  try {
    return await listBySrv(name, sshPort, random, options);
  } catch (error) {
    if (!(error instanceof SrvError)) throw error;
    log.error('srv-failed', { name, code: error.code, problem: error.message });
    return undefined;
  }
}

async function askHook(hook: string, sshPort: number, log: Log): Promise<ServerAddress[]> {
  const failed = (problem: string): [] => {
    log.error('get-hosts-failed', { program: hook, problem });
    return [];
  };
  const trust = trustProgram(hook, process.getuid?.() ?? 0);
  if (trust.kind === 'distrusted') return failed(trust.reason);
  const first = await runProgram(trust.path, [], hookRun);
  // The shell of the classic LDM also ran scripts without #!.
  const isScript = first.kind === 'not-started' && first.code === 'ENOEXEC';
  const end = isScript ? await runProgram('/bin/sh', [trust.path], hookRun) : first;
  // A program that was killed may have been in the middle of a word.
  const output = end.kind === 'killed' ? end.stdout.replace(/\S+$/, '') : end.stdout;
  const entries = output.match(/\S+/g) ?? [];
  const servers = entries.flatMap((entry) => {
    const server = parseServerAddress(entry, sshPort);
    if (server === undefined) log.warn('get-hosts-entry-skipped', { program: hook, word: entry });
    return server ?? [];
  });
  if (end.problem !== undefined) {
    // The classic LDM used the output even if the program failed. Entries that are no server names are an error message.
    if (servers.length < Math.max(1, entries.length)) return failed(end.problem);
    log.warn('get-hosts-failed-list-used', { program: hook, problem: end.problem });
  }
  if (servers.length === 0) return failed('names no server');
  return withoutDuplicates(servers);
}
