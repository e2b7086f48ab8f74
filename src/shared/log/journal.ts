import { fstatSync } from 'node:fs';

/** The severity numbers of syslog, which LDM_LOGLEVEL uses, by the first word of a log line. */
export const severity = { error: 3, warn: 4, info: 6, debug: 7 } as const;

/**
 * Whether standard error goes to the systemd journal. systemd tells its services so by the device and inode of the stream
 * (JOURNAL_STREAM in systemd.exec(5)). A line for the journal begins with its severity as <N> (sd-daemon(3)).
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

/** The line after its severity. A line without a severity word is the reason why a program ends, so it is an error. */
export function withSeverity(line: string): string {
  const [level = ''] = line.split(' ', 1);
  return `<${new Map<string, number>(Object.entries(severity)).get(level) ?? severity.error}>${line}`;
}

/** A line for standard error, with its severity where that goes to the journal. */
export function forJournal(line: string): string {
  return isJournal(process.env) ? withSeverity(line) : line;
}
