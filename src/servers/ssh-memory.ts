import { join } from 'node:path';
import * as v from 'valibot';
import type { Log } from '../shared/log.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { readStateFile, writeStateFile } from '../shared/state-file.js';

/**
 * Which servers' ssh ports this client has seen to answer, over restarts of the greeter: so that a login need not find
 * out again, and sshd is not asked more often than it puts up with (PerSourcePenalties). No call throws.
 */
export interface SshMemory {
  /** The address at which it answered, where that was within the last so many ms. */
  readonly answered: (server: ServerAddress, withinMs: number) => string | undefined;
  readonly sawAnswer: (server: ServerAddress, address: string) => void;
  readonly forget: (server: ServerAddress) => void;
}

export const noSshMemory: SshMemory = { answered: () => undefined, sawAnswer: () => {}, forget: () => {} };

interface Sighting {
  readonly server: string;
  readonly address: string;
  /** ms since 1970, since it has to outlast the process. */
  readonly at: number;
}

const stored = v.object({
  version: v.literal(1),
  seen: v.array(
    v.object({
      server: v.pipe(v.string(), v.maxLength(300)),
      address: v.pipe(v.string(), v.maxLength(100)),
      at: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
});

/** The newest are kept. */
const maxSightings = 1_000;
const maxFileBytes = 512 * 1024;

/**
 * Remembers in `ssh-ports.json` of a folder. A damaged file counts as an empty one; what cannot be written is remembered
 * until this process ends.
 * @param now ms since 1970
 */
export function sshMemoryFile(directory: string, log: Log, now: () => number = Date.now): SshMemory {
  const file = join(directory, 'ssh-ports.json');
  let seen: ReadonlyMap<string, Sighting> | undefined;
  const all = (): ReadonlyMap<string, Sighting> => {
    seen ??= new Map(read(file, log).map((sighting) => [sighting.server, sighting]));
    return seen;
  };
  const change = (server: ServerAddress, sighting: Omit<Sighting, 'server'> | undefined): void => {
    const key = serverKey(server);
    const others = [...all()].filter(([other]) => other !== key).slice(sighting ? 1 - maxSightings : 0);
    seen = new Map(sighting ? [...others, [key, { server: key, ...sighting }]] : others);
    try {
      writeStateFile(file, `${JSON.stringify({ version: 1, seen: [...seen.values()] })}\n`);
    } catch (error) {
      log.info('ssh-ports-not-saved', { file, code: (error as NodeJS.ErrnoException).code });
    }
  };
  return {
    answered: (server, withinMs) => {
      const sighting = all().get(serverKey(server));
      // A clock that was set back must not prolong it.
      return sighting && Math.abs(now() - sighting.at) < withinMs ? sighting.address : undefined;
    },
    sawAnswer: (server, address) => change(server, { address, at: now() }),
    forget: (server) => {
      if (all().has(serverKey(server))) change(server, undefined);
    },
  };
}

function read(file: string, log: Log): readonly Sighting[] {
  try {
    return v.parse(stored, JSON.parse(readStateFile(file, maxFileBytes))).seen;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'damaged';
    if (code !== 'ENOENT') log.info('ssh-ports-unreadable', { file, code });
    return [];
  }
}
