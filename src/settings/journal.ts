import { fstatSync } from 'node:fs';

/**
 * Whether what is written to standard error is filed by the journal: systemd says so of what it starts, by the device
 * and inode of that stream (JOURNAL_STREAM in systemd.exec(5)). A line there begins with its severity as <N>
 * (sd-daemon(3)).
 */
export function isJournal(environment: Readonly<Record<string, string | undefined>>, descriptor = 2): boolean {
  const { JOURNAL_STREAM: journal } = environment;
  if (journal === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return journal === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
