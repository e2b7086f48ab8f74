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

  it('finds the listener among other processes', () => {
    const { now } = clock(0);
    connections(5);
    for (const name of ['70', 'x80', '80x']) {
      mkdirSync(join(proc, name));
      write(`${name}/cmdline`, name === '70' ? 'vim' : 'sshd: sshd [listener] 4 of 10-100 startups');
    }
    listener(77, 2);
    expect(meterWith(now)().pending).toBe(2);
  });

  it('searches for a listener at most once a second', () => {
    const { state, now } = clock(0);
    state.at = 5_000;
    connections(5);
    const measure = meterWith(now, undefined, () => 0);
    expect(measure().pending).toBeNull();
    listener(77, 2);
    state.at = 5_999;
    expect(measure().pending).toBeNull();
    state.at = 6_000;
    expect(measure().pending).toBe(2);
  });

  it('counts connections of both tables', () => {
    const { now } = clock(0);
    connections(2);
    write('net/tcp6', row('01', 0).replace('0100007F', '0'.repeat(32)));
    expect(meterWith(now)().ssh).toEqual({ listening: true, connections: 3 });
  });

  it('reads the load again a second after it was read, at any time of the clock', () => {
    const { state, now } = clock(0);
    state.at = 5_000;
    write('loadavg', '1.00 0 0 1/1 1\n');
    const measure = meterWith(now);
    measure();
    write('loadavg', '2.00 0 0 1/1 1\n');
    state.at = 5_999;
    expect(measure().load.load1).toBe(1);
  });

  it('repeats each reading after 20 times its processor time', () => {
    const { state, now } = clock(0);
    let cpuTime = 1_000;
    const measure = meterWith(now, undefined, () => {
      cpuTime += 5;
      return cpuTime;
    });
    state.at = 5_000;
    connections(4);
    listener(77, 1);
    expect(measure()).toMatchObject({ ssh: { connections: 4 }, pending: 1 });
    connections(9);
    listener(77, 3);
    state.at = 5_099;
    expect(measure()).toMatchObject({ ssh: { connections: 4 }, pending: 1 });
    state.at = 5_100;
    expect(measure()).toMatchObject({ ssh: { connections: 9 }, pending: 3 });
  });

  /** The processor time of a first count that costs so much that the next one is a second later. */
  const costlyCount = () => {
    let looks = 0;
    return (): number => {
      looks += 1;
      return looks === 4 ? 50 : 0;
    };
  };

  it('adds the logins that sshd has reported since the last count', () => {
    const { state, now } = clock(0);
    connections(10);
    listener(77, 1);
    const measure = meterWith(now, undefined, costlyCount());
    expect(measure()).toMatchObject({ ssh: { connections: 10 }, pending: 1 });
    connections(8);
    listener(77, 5);
    expect(measure()).toMatchObject({ ssh: { connections: 14 }, pending: 5 });
    listener(77, 2);
    expect(measure()).toMatchObject({ ssh: { connections: 14 }, pending: 2 });
    state.at = 1_000;
    expect(measure()).toMatchObject({ ssh: { connections: 8 }, pending: 2 });
  });

  it('adds nothing where sshd reported nothing at the time of the count', () => {
    const { now } = clock(0);
    connections(5);
    const measure = meterWith(now, undefined, costlyCount());
    expect(measure()).toMatchObject({ ssh: { connections: 5 }, pending: null });
    listener(77, 3);
    write('sshd.pid', '77\n');
    expect(measure()).toMatchObject({ ssh: { connections: 5 }, pending: 3 });
  });
});
