import { join } from 'node:path';
import type { Log } from '../../shared/log.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { readStateFile, writeStateFile } from '../../shared/state-file.js';
import { afterFailure, afterSuccess, type Demotions, formatDemotions, isDemoted, parseDemotions } from './demotion.js';

/** What this client remembers of failed logins, over restarts of the greeter. No call throws: a login matters more. */
export interface DemotionMemory {
  readonly isDemoted: (server: ServerAddress) => boolean;
  readonly failed: (server: ServerAddress) => void;
  readonly succeeded: (server: ServerAddress) => void;
}

/** Of a larger file the rest is not read; ours stays below it. */
const maxFileBytes = 512 * 1024;

/**
 * The folder that LDM_STATE_DIR defaults to.
 * @param uid of this process
 */
export function defaultStateDir(uid: number, environment: Readonly<Record<string, string | undefined>>): string {
  if (uid === 0) return '/var/lib/ldm';
  const { XDG_STATE_HOME, HOME } = environment;
  // The XDG base directory specification has relative paths ignored.
  return XDG_STATE_HOME?.startsWith('/') ? join(XDG_STATE_HOME, 'ldm') : join(HOME ?? '/', '.local/state/ldm');
}

/**
 * Remembers in `demotions.json` of a folder, which is made when there is something to remember. A damaged file counts
 * as an empty one and is replaced at the next change; what cannot be written is remembered until this process ends.
 * @param now ms since 1970
 */
export function demotionFile(directory: string, log: Log, now: () => number = Date.now): DemotionMemory {
  const file = join(directory, 'demotions.json');
  let demotions = read(file, log, now());
  const change = (next: (before: Demotions) => Demotions): void => {
    const before = demotions;
    demotions = next(demotions);
    if (formatDemotions(demotions) !== formatDemotions(before)) write(file, formatDemotions(demotions), log);
  };
  return {
    isDemoted: (server) => isDemoted(demotions, server, now()),
    failed: (server) => change((before) => afterFailure(before, server, now())),
    succeeded: (server) => change((before) => afterSuccess(before, server, now())),
  };
}

function read(file: string, log: Log, now: number): Demotions {
  let text: string;
  try {
    text = readStateFile(file, maxFileBytes);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT') log.warn('demotions-unreadable', { file, code });
    return new Map();
  }
  const demotions = parseDemotions(text, now);
  if (demotions === undefined) log.warn('demotions-damaged', { file });
  return demotions ?? new Map();
}

function write(file: string, text: string, log: Log): void {
  try {
    writeStateFile(file, text);
  } catch (error) {
    log.warn('demotions-not-saved', { file, code: (error as NodeJS.ErrnoException).code });
  }
}
