import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { maxNoticeLength } from '../protocol/info-service.js';
import { readText } from './files.js';

/** A server drains while one of these files is there. The first is gone after a restart of the machine. */
export const drainFiles = { untilRestart: '/run/ldm/draining', permanent: '/etc/ldm/draining' } as const;

/** A drain file that cannot be written or removed. */
export class DrainError extends Error {
  readonly code = 'drain';
}

/**
 * Creates the file. It counts from its creation on, so that on a full disk a server drains though its reason is lost.
 * @param note what `status` shows: since when and why
 * @throws {DrainError}
 */
export function drain(file: string, note: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, `${note.replace(/\s+/g, ' ')}\n`);
  } catch (error) {
    if (!existsSync(file)) throw new DrainError(`${file} cannot be written: ${describe(error)}`);
  }
}

/**
 * Removes the files, those that are there.
 * @returns those that were there
 * @throws {DrainError}
 */
export function undrain(files: readonly string[]): string[] {
  const there = files.filter((file) => existsSync(file));
  for (const file of there) {
    try {
      rmSync(file);
    } catch (error) {
      throw new DrainError(`${file} cannot be removed: ${describe(error)}`);
    }
  }
  return there;
}

/** What was noted when the drain began; undefined when the server does not drain. */
export function drainNote(files: readonly string[]): string | undefined {
  const file = files.find((one) => existsSync(one));
  return file === undefined ? undefined : (readText(file, 1_000) ?? '').trim();
}

/**
 * The reason without the time that `drain` puts before it: what clients show.
 * @returns null when nobody gave a reason; at most {@link maxNoticeLength} characters
 */
export function drainReason(note: string | undefined): string | null {
  const reason = (note ?? '')
    .replace(/^since \d{4}-[\d:.TZ-]+(: )?/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return Array.from(reason).slice(0, maxNoticeLength).join('') || null;
}

/** One level: Node's recursive form never returns where the parent takes no folders (/proc). */
function makeFolder(path: string): void {
  if (!existsSync(path)) mkdirSync(path);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
