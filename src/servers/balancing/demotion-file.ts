import { join } from 'node:path';
import { errorCode } from '../../shared/errors.js';
import { readStateFile, writeStateFile } from '../../shared/files/state-file.js';
import type { Log } from '../../shared/log/log.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { afterFailure, afterSuccess, type Demotions, formatDemotions, isDemoted, parseDemotions } from './demotion.js';

/** The failed logins of this client, kept over restarts of the greeter. No call throws, so that a login never fails by it. */
export interface DemotionMemory {
  readonly isDemoted: (server: ServerAddress) => boolean;
  readonly failed: (server: ServerAddress) => void;
  readonly succeeded: (server: ServerAddress) => void;
}

/** The rest of a larger file is not read. Our own file is smaller. */
const maxFileBytes = 512 * 1024;

/**
 * The default of LDM_STATE_DIR.
 * @param uid of this process
 */
export function defaultStateDir(uid: number, environment: Readonly<Record<string, string | undefined>>): string {
  if (uid === 0) return '/var/lib/ldm';
  const { XDG_STATE_HOME, HOME } = environment;
  // By the XDG base directory specification, relative paths are ignored.
  return XDG_STATE_HOME?.startsWith('/') ? join(XDG_STATE_HOME, 'ldm') : join(HOME ?? '/', '.local/state/ldm');
}

/**
 * Keeps the failures in `demotions.json` of a directory, which is created when needed. A damaged file counts as empty and
 * is replaced at the next change. Without write access, the failures are kept until this process ends.
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
    const code = errorCode(error);
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
    log.warn('demotions-not-saved', { file, code: errorCode(error) });
  }
}
