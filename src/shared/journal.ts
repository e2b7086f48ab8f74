import { fstatSync } from 'node:fs';

/** syslog's severities, as LDM_LOGLEVEL counts them, by the word that a line of the log begins with. */
export const severity = { error: 3, warn: 4, info: 6, debug: 7 } as const;

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

/** The line with its severity in front; one that begins with no such word tells why a program ends. */
export function withSeverity(line: string): string {
  const [level = ''] = line.split(' ', 1);
  return `<${new Map<string, number>(Object.entries(severity)).get(level) ?? severity.error}>${line}`;
}

/** A line for standard error: with its severity where that goes to the journal, else as it is. */
export function forJournal(line: string): string {
  return isJournal(process.env) ? withSeverity(line) : line;
}
