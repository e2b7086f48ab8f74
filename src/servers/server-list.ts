import { accessSync, constants, statSync } from 'node:fs';
import type { Log } from '../settings/log.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../settings/server-address.js';
import { parseServerList, type Settings } from '../settings/settings.js';
import { runProgram } from './bounded-program.js';
import { programDistrust } from './program-trust.js';

/** The servers that this client knows, and who named them. */
export interface ServerList {
  readonly servers: readonly ServerAddress[];
  readonly source: 'LDM_SERVER' | 'get_hosts' | 'default';
}

/** Where the administrator's program lies, LTSP's own places, first found first taken. */
const hookPlaces = ['/usr/share/ltsp/get_hosts', '/usr/lib/ltsp/get_hosts'];
/** A hook that thinks longer than this keeps users waiting; its answer would come too late. */
const hookBounds = { timeoutMs: 5_000, outputBytes: 64 * 1024 };
/** The name that LTSP gives to the one server of a small set-up. */
const lastResort = 'server';

/**
 * The list by LDM_SERVER, else by the get_hosts program, else the one name `server`. A hook that fails or names
 * nothing usable is told in the log and the last resort is used.
 */
export async function gatherServers(settings: Settings, log: Log): Promise<ServerList> {
  if (settings.servers) return { servers: settings.servers, source: 'LDM_SERVER' };
  const hook = settings.getHosts ?? hookPlaces.find(isProgram);
  const named = hook === undefined ? [] : await askHook(hook, settings.sshPort, log);
  if (named.length > 0) return { servers: named, source: 'get_hosts' };
  return { servers: parseServerList([lastResort], settings.sshPort, 'default'), source: 'default' };
}

async function askHook(hook: string, sshPort: number, log: Log): Promise<ServerAddress[]> {
  const failed = (problem: string): [] => {
    log.error('get-hosts-failed', { program: hook, problem, instead: lastResort });
    return [];
  };
  const distrust = programDistrust(hook, process.getuid?.() ?? 0);
  if (distrust !== undefined) return failed(distrust);
  const end = await runProgram(hook, [], hookBounds);
  if (end.kind === 'failed') return failed(end.problem);
  const words = end.output.split(/\s+/).filter((word) => word !== '');
  const servers = words.flatMap((word) => {
    const server = parseServerAddress(word, sshPort);
    if (server === undefined) log.warn('get-hosts-word-skipped', { program: hook, word });
    return server ?? [];
  });
  return servers.length > 0 ? withoutDuplicates(servers) : failed('names no server');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
