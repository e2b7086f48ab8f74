import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../shared/log.js';
import { readStateFile, writeStateFile } from '../shared/state-file.js';

/**
 * What the next greeter on this seat is to tell: a session that was lost takes `ldm` with it, and the user would
 * find a fresh login screen without a word.
 */
export interface PendingNotice {
  /** What was left, once; undefined where nothing was. */
  take(): string | undefined;
  leave(text: string): void;
}

/** More than any sentence of ours, in bytes. */
const maxBytes = 4_000;

/**
 * Kept in a file of the state folder, one for each seat. No call throws: a login matters more.
 * @param seat its name, or DISPLAY where `ldm` was not started by a seat
 */
export function pendingNoticeFile(directory: string, seat: string, log: Log): PendingNotice {
  const file = join(directory, `notice-${seat.replace(/[^\w.:]/g, '_')}`);
  return {
    take() {
      try {
        const text = readStateFile(file, maxBytes);
        rmSync(file);
        return text === '' ? undefined : text;
      } catch {
        return undefined;
      }
    },
    leave(text) {
      try {
        writeStateFile(file, text);
      } catch (error) {
        log.warn('pending-notice-not-saved', { file, code: (error as NodeJS.ErrnoException).code });
      }
    },
  };
}
