import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStartupsReader, parseStartups } from '../../../src/ldminfod/rating/sshd-startups.js';

describe("the title of sshd's listener", () => {
  const title = (args: string) => `sshd: /usr/sbin/sshd -D${args} [listener] 3 of 10-100 startups\0\0\0`;

  it('tells the logins under way', () => {
    expect(parseStartups(title(''), 22)).toBe(3);
    expect(parseStartups(title(' -f /tmp/c'), 2299)).toBe(3);
  });

  it('does not count for a service on another port', () => {
    expect(parseStartups(title(' -p 2222'), 22)).toBeUndefined();
    expect(parseStartups(title(' -p2222'), 22)).toBeUndefined();
    expect(parseStartups(title(' -o Port=2222'), 22)).toBeUndefined();
    expect(parseStartups(title(' -o port 2222'), 22)).toBeUndefined();
    expect(parseStartups(title(' -oPort=2222'), 22)).toBeUndefined();
    expect(parseStartups(title(' -p 22 -p 2222'), 2222)).toBe(3);
    expect(parseStartups(title(' -oPort=2222'), 2222)).toBe(3);
  });

  it('is not any other title of sshd', () => {
    expect(parseStartups('sshd: alice@pts/0', 22)).toBeUndefined();
    expect(parseStartups('sshd: alice [priv]', 22)).toBeUndefined();
    expect(parseStartups('/usr/sbin/sshd\0-D\0', 22)).toBeUndefined();
    expect(parseStartups('vim sshd: [listener] 3 of 10-100 startups', 22)).toBeUndefined();
  });
});

describe('the logins in progress', () => {
  let proc = '';
  let pidFile = '';
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'ldminfod-startups-'));
    pidFile = join(proc, 'sshd.pid');
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(proc, { recursive: true, force: true });
  });

  const listener = (pid: string, startups: number): void => {
    mkdirSync(join(proc, pid), { recursive: true });
    writeFileSync(join(proc, pid, 'cmdline'), `sshd: sshd -D [listener] ${startups} of 10-100 startups\0`);
  };
  const read = (owner?: (path: string) => number | undefined) =>
    createStartupsReader({ procRoot: proc, port: 22, pidFile, now: () => 0, ...(owner && { owner }) })();

  it('are those of all listeners together', () => {
    listener('77', 2);
    listener('78', 3);
    expect(read()).toBe(5);
  });

  it('are those of the listener in the pid file where it is one', () => {
    listener('77', 2);
    listener('78', 3);
    writeFileSync(pidFile, '78\n');
    expect(read()).toBe(3);
    writeFileSync(pidFile, '79\n');
    expect(read()).toBe(5);
    writeFileSync(pidFile, './78\n');
    expect(read()).toBe(5);
    writeFileSync(pidFile, '78/\n');
    expect(read()).toBe(5);
  });

  it('are unknown without a listener', () => {
    mkdirSync(join(proc, '77'));
    expect(read()).toBeNull();
  });

  it('count only as root or this user reports them, since anyone can set a title', () => {
    listener('77', 2);
    vi.spyOn(process, 'getuid').mockReturnValue(1_000);
    expect([0, 1_000, 1_001, undefined].map((user) => read(() => user))).toEqual([2, 2, null, null]);
  });
});
