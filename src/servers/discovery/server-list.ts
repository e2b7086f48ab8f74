import { parseServerList, type Settings } from '../../settings/settings.js';
import { isExecutable } from '../../shared/executable.js';
import type { Log } from '../../shared/log.js';
import { trustProgram } from '../../shared/program-trust.js';
import { runProgram } from '../../shared/run-program.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../../shared/server-address.js';
import type { ServerStatus } from '../server-status.js';
import { listByEtcd } from './etcd-list.js';
import { SrvError } from './srv.js';
import { listBySrv, type SrvList } from './srv-list.js';

/** The servers that this client knows, and who named them. */
export interface ServerList {
  readonly servers: readonly ServerAddress[];
  readonly source: 'LDM_SERVER' | 'get_hosts' | 'srv' | 'etcd' | 'default';
  /** A server is a candidate before all those of higher numbers (SRV's priority). */
  readonly poolOf: (server: ServerAddress) => number;
  /** What counts as a server's capacity, whatever it tells itself (SRV's weight). */
  readonly weightOf: (server: ServerAddress) => number | undefined;
  /** What the list tells of each server, in its order, so that none of them needs to be asked (etcd). */
  readonly told?: readonly ServerStatus[];
  /** Reads the list anew, where it changes by itself or somebody who should have given it was away. Never throws. */
  readonly again?: () => Promise<ServerList>;
  /** Whoever should have given the list did not: this is what was left. */
  readonly isLastResort?: true;
}

/** A list that says nothing of its servers but their names. */
const plainList = { poolOf: () => 0, weightOf: () => undefined };

/** Where the administrator's program lies, LTSP's own places, first found first taken. */
const hookPlaces = ['/usr/share/ltsp/get_hosts', '/usr/lib/ltsp/get_hosts'];
/** A hook that thinks longer than this keeps users waiting; its answer would come too late. */
const hookRun = { children: 'bound', stdout: { maxBytes: 64 * 1024, part: 'all' }, timeoutMs: 5_000 } as const;
/** The name that LTSP gives to the one server of a small set-up. */
const lastResort = 'server';

/**
 * The list by LDM_SERVER, else by the get_hosts program, else by DNS SRV, else by etcd, else the one name `server`.
 * What fails or names nothing usable is told in the log, and the next is asked.
 * @param random uniform in [0, 1), as Math.random
 */
export async function discoverServers(settings: Settings, log: Log, random: () => number): Promise<ServerList> {
  if (settings.servers) return { ...plainList, servers: settings.servers, source: 'LDM_SERVER' };
  const hook = settings.getHosts ?? hookPlaces.find(isExecutable);
  const named = hook === undefined ? [] : await askHook(hook, settings.sshPort, log);
  if (named.length > 0) return { ...plainList, servers: named, source: 'get_hosts' };
  const { serverSrv, etcd, sshPort } = settings;
  const found = serverSrv === undefined ? undefined : await askDns(serverSrv, sshPort, log, random);
  if (found && found.servers.length > 0) return { ...found, source: 'srv' };
  const told = etcd === undefined ? undefined : await listByEtcd(settings, log);
  if (told) return fromEtcd(told, settings, log);
  const rest = { ...plainList, servers: parseServerList([lastResort], sshPort), source: 'default' } as const;
  if (hook === undefined && serverSrv === undefined && etcd === undefined) return rest;
  return { ...rest, isLastResort: true, again: () => discoverServers(settings, log, random) };
}

/** When etcd is away later on, the servers that it named last stay the list, and are asked themselves. */
function fromEtcd(told: readonly ServerStatus[], settings: Settings, log: Log): ServerList {
  const servers = told.map(({ server }) => server);
  const list = { ...plainList, servers, source: 'etcd' } as const;
  const again = async (): Promise<ServerList> => {
    const next = await listByEtcd(settings, log);
    return next ? fromEtcd(next, settings, log) : { ...list, isLastResort: true, again };
  };
  return { ...list, told, again };
}

async function askDns(name: string, sshPort: number, log: Log, random: () => number): Promise<SrvList | undefined> {
  try {
    return await listBySrv(name, sshPort, random);
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
  // The classic's shell ran a script that does not begin with #! as well.
  const isScript = first.kind === 'not-started' && first.code === 'ENOEXEC';
  const end = isScript ? await runProgram('/bin/sh', [trust.path], hookRun) : first;
  // A program that was killed may have been in the middle of a word.
  const output = end.kind === 'killed' ? end.stdout.replace(/\S+$/, '') : end.stdout;
  const entries = output.split(/\s+/).filter((entry) => entry !== '');
  const servers = entries.flatMap((entry) => {
    const server = parseServerAddress(entry, sshPort);
    if (server === undefined) log.warn('get-hosts-entry-skipped', { program: hook, word: entry });
    return server ?? [];
  });
  if (end.problem !== undefined) {
    // The classic took a list whatever became of the program. Words that name no server are a message, not a list.
    if (servers.length < Math.max(1, entries.length)) return failed(end.problem);
    log.warn('get-hosts-failed-list-used', { program: hook, problem: end.problem });
  }
  if (servers.length === 0) return failed('names no server');
  return withoutDuplicates(servers);
}
