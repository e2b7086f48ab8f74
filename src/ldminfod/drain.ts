import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { maxNoticeLength } from '../protocol/info-service.js';
import { errorMessage } from '../shared/errors.js';
import { readText } from '../shared/files/files.js';

/** A server drains while one of these files exists. The first one is removed by a reboot. */
export const drainFiles = { untilRestart: '/run/ldm/draining', permanent: '/etc/ldm/draining' } as const;

/** A drain file that cannot be written or removed. */
export class DrainError extends Error {
  override readonly name = 'DrainError';
  readonly code = 'drain';
}

/**
 * Creates the file. Its existence is enough, so on a full disk the server drains and only the reason is lost.
 * @param note what `status` shows: the time and the reason
 * @throws {DrainError}
 */
export function drain(file: string, note: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, `${note.replace(/\s+/g, ' ')}\n`);
  } catch (error) {
    if (!existsSync(file)) throw new DrainError(`${file}: cannot be written: ${errorMessage(error)}`, { cause: error });
  }
}

/**
 * Removes the files that exist.
 * @returns these files
 * @throws {DrainError}
 */
export function undrain(files: readonly string[]): string[] {
  const existing = files.filter((file) => existsSync(file));
  for (const file of existing) {
    try {
      rmSync(file);
    } catch (error) {
      throw new DrainError(`${file}: cannot be removed: ${errorMessage(error)}`, { cause: error });
    }
  }
  return existing;
}

/** The text of the drain file; undefined when the server does not drain. */
export function drainNote(files: readonly string[]): string | undefined {
  const file = files.find((one) => existsSync(one));
  return file === undefined ? undefined : (readText(file, 1_000) ?? '').trim();
}

/**
 * The reason that clients show: the note without the time that `drain` puts before it.
 * @returns null without a reason; at most {@link maxNoticeLength} characters
 */
export function drainReason(note: string | undefined): string | null {
  const reason = (note ?? '')
    .replace(/^since \d{4}-[\d:.TZ-]+(: )?/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return Array.from(reason).slice(0, maxNoticeLength).join('') || null;
}

/** One level, because Node's recursive form never returns where no directory can be created (/proc). */
function makeFolder(path: string): void {
  if (!existsSync(path)) mkdirSync(path);
}
