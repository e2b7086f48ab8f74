import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../shared/errors.js';
import { readStateFile, writeStateFile } from '../shared/files/state-file.js';
import type { Log } from '../shared/log/log.js';

/**
 * A message for the next greeter on this seat. A lost session ends `ldm`, and without the message the user would find a
 * fresh login screen and no reason.
 */
export interface PendingNotice {
  /** The message that was left, once; undefined where there is none. */
  take(): string | undefined;
  leave(text: string): void;
}

/** More than our longest message, in bytes. */
const maxBytes = 4_000;

/**
 * Keeps it in a file of the state folder, one for each seat. No call throws: the login goes on without the message.
 * @param seat its name, or DISPLAY where no seat started `ldm`
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
        log.warn('pending-notice-not-saved', { file, code: errorCode(error) });
      }
    },
  };
}
