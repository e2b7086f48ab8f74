import { join } from 'node:path';
import * as v from 'valibot';
import { errorCode } from '../shared/errors.js';
import { readStateFile, writeStateFile } from '../shared/files/state-file.js';
import type { Log } from '../shared/log/log.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';

/**
 * The ssh ports that have answered this client, kept over restarts of the greeter. So a login does not have to check
 * again, and sshd does not count too many checks (PerSourcePenalties). No call throws.
 */
export interface SshMemory {
  /** The address at which the server has answered within this time, if it has. */
  readonly answered: (server: ServerAddress, withinMs: number) => string | undefined;
  readonly sawAnswer: (server: ServerAddress, address: string) => void;
  readonly forget: (server: ServerAddress) => void;
}

export const noSshMemory: SshMemory = { answered: () => undefined, sawAnswer: () => {}, forget: () => {} };

interface Sighting {
  readonly server: string;
  readonly address: string;
  /** ms since 1970, because it outlasts the process. */
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

/** The newest sightings are kept. */
const maxSightings = 1_000;
const maxFileBytes = 512 * 1024;

/**
 * Keeps the sightings in `ssh-ports.json` of a directory. A damaged file counts as empty. Without write access, they are
 * kept until this process ends.
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
      log.info('ssh-ports-not-saved', { file, code: errorCode(error) });
    }
  };
  return {
    answered: (server, withinMs) => {
      const sighting = all().get(serverKey(server));
      // The absolute value, so that a clock that was set back does not keep a sighting longer.
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
    const code = errorCode(error) ?? 'damaged';
    if (code !== 'ENOENT') log.info('ssh-ports-unreadable', { file, code });
    return [];
  }
}
