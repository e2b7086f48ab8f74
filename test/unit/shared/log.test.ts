import { closeSync, fstatSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJournal } from '../../../src/shared/log/journal.js';
import { createLog } from '../../../src/shared/log/log.js';

describe('the log', () => {
  function lines(level: number): { log: ReturnType<typeof createLog>; written: string[] } {
    const written: string[] = [];
    return { log: createLog(level, (line) => written.push(line)), written };
  }

  it('writes one event a line, with its keys', () => {
    const { log, written } = lines(6);
    log.info('login', { server: 'alpha', ms: 12, user: undefined });
    expect(written).toEqual(['info login server=alpha ms=12\n']);
  });

  it('keeps a server from writing lines of its own or hiding them', () => {
    const { log, written } = lines(6);
    log.warn('greeter-warning', { text: 'a\nerror forged user="x"\u202e\u001b[2J' });
    expect(written[0]).toBe('warn greeter-warning text="a\\nerror forged user=\\"x\\"\\u202e\\u001b[2J"\n');
  });

  it('cuts what is too long', () => {
    const { log, written } = lines(6);
    log.error('greeter-internal-error', { text: 'x'.repeat(1_000_000) });
    expect(written[0]?.length).toBeLessThan(1_100);
  });

  it('keeps a value of 1,000 characters, and marks a cut one', () => {
    const { log, written } = lines(6);
    for (const length of [1_000, 1_001]) log.error('greeter-internal-error', { text: 'x'.repeat(length) });
    const start = `error greeter-internal-error text=${'x'.repeat(1_000)}`;
    expect(written).toEqual([`${start}\n`, `${start}...\n`]);
  });

  it('escapes the characters that a terminal obeys', () => {
    const { log, written } = lines(6);
    log.warn('greeter-warning', { text: '\u007f\u009b\u200f\u2066' });
    expect(written).toEqual(['warn greeter-warning text="\\u007f\\u009b\\u200f\\u2066"\n']);
  });

  it('leaves out what is above its level', () => {
    const { log, written } = lines(3);
    log.debug('server-failed');
    log.info('restarting');
    log.warn('server-silent');
    log.error('display-lost');
    expect(written).toEqual(['error display-lost\n']);
  });
});

it('the log accepts only the events of its table, at their level, with their fields', () => {
  const log = createLog(0, () => {});
  // @ts-expect-error: there is no such event
  log.warn('server-fialed');
  // @ts-expect-error: it is a warning
  log.info('server-failed');
  // @ts-expect-error: it has no such field
  log.warn('server-failed', { host: 'app1' });
  log.warn('server-failed', { server: 'app1' });
});

describe('the journal', () => {
  it('is known by the device and inode that systemd names', () => {
    const descriptor = openSync('/dev/null', 'w');
    const { dev, ino } = fstatSync(descriptor);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, descriptor)).toBe(true);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino + 1}` }, descriptor)).toBe(false);
    expect(isJournal({}, descriptor)).toBe(false);
    closeSync(descriptor);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, descriptor)).toBe(false);
  });
});
