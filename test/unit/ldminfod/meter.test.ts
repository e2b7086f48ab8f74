import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMeter } from '../../../src/ldminfod/rating/meter.js';

let proc = '';
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'ldminfod-proc-'));
  mkdirSync(join(proc, 'net'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

const write = (file: string, text: string): void => writeFileSync(join(proc, file), text);
const row = (state: string, index: number): string => `   ${index}: 0100007F:0016 0100007F:939A ${state} 0 0\n`;
const connections = (count: number): void =>
  write('net/tcp', row('0A', 0) + Array.from({ length: count }, (_, index) => row('01', index + 1)).join(''));
const listener = (pid: number, startups: number): void => {
  mkdirSync(join(proc, String(pid)), { recursive: true });
  write(`${pid}/cmdline`, `sshd: /usr/sbin/sshd -D [listener] ${startups} of 10-100 startups\0`);
};

/** A clock that a test sets; every look at it costs `cost` ms, as the reading between two looks would. */
function clock(cost: number) {
  const state = { at: 0 };
  return {
    state,
    now: () => {
      state.at += cost;
      return state.at;
    },
  };
}

const meterWith = (now: () => number, sshdPidFile = join(proc, 'sshd.pid'), cpuTimeMs = now) =>
  createMeter({ procRoot: proc, sshdPidFile, ssh: { port: 22, address: null }, cores: 4, now, cpuTimeMs });
/** ms of this process's own, as ldminfod counts it. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the meter', () => {
  it('reads the load at most once a second, and tells its age', () => {
    const { state, now } = clock(0);
    write('loadavg', '1.00 0 0 1/1 1\n');
    const measure = meterWith(now);
    expect(measure()).toMatchObject({ load: { load1: 1 }, loadAgeMs: 0 });
    write('loadavg', '2.00 0 0 1/1 1\n');
    state.at = 999.5;
    expect(measure()).toMatchObject({ load: { load1: 1 }, loadAgeMs: 999 });
    state.at = 1_000;
    expect(measure()).toMatchObject({ load: { load1: 2 }, loadAgeMs: 0 });
  });

  it('reads what the kernel tells of waiting, each kind from a file of its own', () => {
    const { now } = clock(0);
    mkdirSync(join(proc, 'pressure'));
    for (const [i, kind] of ['cpu', 'memory', 'io'].entries()) {
      write(`pressure/${kind}`, `some avg10=${i}.10 total=0\nfull avg10=${i}.20 total=0\n`);
    }
    expect(meterWith(now)().load).toMatchObject({ cpuPressure: 0.1, memoryPressure: 1.1, diskPressure: 2.2 });
  });

  it('sees a connection at once where counting is cheap', () => {
    const { now } = clock(0);
    const measure = meterWith(now);
    expect(measure().ssh).toEqual({ listening: false, connections: 0 });
    connections(0);
    expect(measure().ssh).toEqual({ listening: true, connections: 0 });
    connections(3);
    expect(measure().ssh.connections).toBe(3);
  });

  it('counts rarely enough to spend no more than a twentieth of its time on it', () => {
    const { state, now } = clock(10);
    const measure = meterWith(now);
    connections(1);
    measure();
    const counted = state.at;
    connections(2);
    state.at = counted + 180;
    expect(measure().ssh.connections).toBe(1);
    state.at = counted + 1_000;
    expect(measure().ssh.connections).toBe(2);
  });

  it('sees a login under way between two counts, where counting is dear', async () => {
    connections(60_000);
    listener(77, 1);
    const measure = meterWith(() => performance.now(), undefined, processorTime);
    expect(measure()).toMatchObject({ ssh: { connections: 60_000 }, pending: 1 });
    connections(60_004);
    listener(77, 5);
    await pause(300);
    expect(measure()).toMatchObject({ ssh: { connections: 60_004 }, pending: 5 });
    listener(77, 2);
    await pause(300);
    expect(measure()).toMatchObject({ ssh: { connections: 60_004 }, pending: 2 });
    connections(10);
    await pause(1_100);
    expect(measure()).toMatchObject({ ssh: { connections: 10 }, pending: 2 });
  });

  it('takes the logins under way from the listener, but never more than there are connections', () => {
    const { now } = clock(0);
    connections(5);
    listener(77, 2);
    const measure = meterWith(now);
    expect(measure().pending).toBe(2);
    listener(77, 4);
    expect(measure().pending).toBe(4);
    listener(77, 50);
    expect(measure().pending).toBe(5);
  });

  it('does not know the logins under way without a listener, and finds a restarted one by its pid file', () => {
    const { state, now } = clock(0);
    connections(5);
    const measure = meterWith(now);
    expect(measure().pending).toBeNull();
    listener(80, 1);
    expect(measure().pending).toBeNull();
    write('sshd.pid', '80\n');
    expect(measure().pending).toBe(1);
    rmSync(join(proc, '80'), { recursive: true });
    listener(81, 3);
    state.at = 1_000;
    expect(measure().pending).toBe(3);
  });
});
