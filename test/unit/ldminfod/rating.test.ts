import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Load, parseLoad } from '../../../src/ldminfod/rating/load.js';
import { defaultCapacity, headroom, rate } from '../../../src/ldminfod/rating/rating.js';
import { composeServerInfo } from '../../../src/ldminfod/snapshot.js';

const gibibyte = 1024 * 1024;
const idle: Load = {
  cores: 8,
  load1: 0.1,
  cpuPressure: 0,
  memoryTotal: 32 * gibibyte,
  memoryAvailable: 29 * gibibyte,
  memoryPressure: 0,
  diskPressure: 0,
};
const empty = { connections: 0, capacity: 60 };

describe('the rating', () => {
  it('is 100 on an idle server', () => {
    expect(rate(idle, empty)).toBe(100);
  });

  it('falls with the first login of a burst, before any load shows', () => {
    const ratings = [0, 1, 2, 6, 30, 59].map((connections) => rate(idle, { connections, capacity: 60 }));
    expect(ratings).toEqual([100, 98, 96, 90, 50, 1]);
  });

  it('is 0 when the server is full, and never for load alone', () => {
    expect(rate(idle, { connections: 60, capacity: 60 })).toBe(0);
    expect(rate(idle, { connections: 75, capacity: 60 })).toBe(0);
    const dying: Load = { ...idle, load1: 900, cpuPressure: 100, memoryAvailable: 0, memoryPressure: 100 };
    expect(rate(dying, empty)).toBe(1);
  });

  it('calls 64 cores at load 8 idle, and 4 cores at load 8 exhausted', () => {
    expect(headroom({ ...idle, cores: 64, load1: 8 }, empty).cpu).toBe(100);
    expect(headroom({ ...idle, cores: 4, load1: 8 }, empty).cpu).toBe(0);
  });

  it('sees by the pressure what the load average does not show yet', () => {
    expect(headroom({ ...idle, cpuPressure: 50 }, empty).cpu).toBe(50);
    expect(headroom({ ...idle, memoryPressure: 20 }, empty).memory).toBe(0);
  });

  it('falls far while nobody gets anything from the disks, but not to nothing, and not at all for a little of that', () => {
    const busy = (diskPressure: number | null): number => rate({ ...idle, diskPressure }, empty);
    expect([null, 0, 20, 60, 100].map(busy)).toEqual([100, 100, 100, 55, 10]);
    expect(rate({ ...idle, diskPressure: 100 }, { connections: 57, capacity: 60 })).toBe(5);
  });

  it('falls when less than half of the memory is available', () => {
    const memory = (available: number) => headroom({ ...idle, memoryAvailable: available * gibibyte }, empty).memory;
    expect(memory(16)).toBeCloseTo(100);
    expect(memory(8.8)).toBeCloseTo(50);
    expect(memory(1.6)).toBeCloseTo(0);
  });

  it.each([
    [{ memoryAvailable: null }],
    [{ memoryTotal: null, memoryAvailable: 0 }],
    [{ memoryTotal: 0, memoryAvailable: 0 }],
  ])('has the whole memory part where memory is unknown: %j', (unknown) => {
    expect(headroom({ ...idle, ...unknown }, empty).memory).toBe(100);
  });

  it('has the whole part of each load that is unknown', () => {
    const unknown = { load1: null, cpuPressure: null, memoryPressure: null, diskPressure: null };
    expect(headroom({ ...idle, ...unknown }, empty)).toEqual({ cpu: 100, memory: 100, sessions: 100, disk: 100 });
  });

  it('divides the run queue by the cores of the host, where they are known', () => {
    expect(headroom({ ...idle, cores: 4, loadCores: 64, load1: 8 }, empty).cpu).toBe(100);
  });

  it('is the least of the parts, so that plenty of memory does not hide a lack of seats', () => {
    expect(rate({ ...idle, cpuPressure: 30 }, { connections: 15, capacity: 60 })).toBe(75);
    expect(rate({ ...idle, cpuPressure: 58 }, { connections: 15, capacity: 60 })).toBe(40);
  });

  it('is given by the sessions alone where the kernel tells nothing', () => {
    const nothing = parseLoad(
      {
        loadavg: undefined,
        meminfo: undefined,
        cpuPressure: undefined,
        memoryPressure: undefined,
        diskPressure: undefined,
      },
      0,
    );
    expect(rate(nothing, { connections: 5, capacity: 10 })).toBe(50);
    expect(defaultCapacity(nothing)).toBe(10);
  });

  it('never rises when a login more comes, is a whole number, and stays within 0 and 100', () => {
    const number = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
    const load = fc.record({
      cores: fc.integer({ min: 1, max: 512 }),
      load1: number,
      cpuPressure: number,
      memoryTotal: number,
      memoryAvailable: number,
      memoryPressure: number,
      diskPressure: number,
    });
    fc.assert(
      fc.property(load, fc.nat(500), fc.integer({ min: 1, max: 400 }), (given, connections, capacity) => {
        const before = rate(given, { connections, capacity });
        const after = rate(given, { connections: connections + 1, capacity });
        expect(Number.isInteger(before) && before >= 0 && before <= 100 && after <= before).toBe(true);
      }),
    );
  });
});

describe('the default capacity', () => {
  const capacityOf = (memory: number, cores: number): number =>
    defaultCapacity({ ...idle, cores, memoryTotal: memory * gibibyte });

  it('is what memory and cores allow, whichever is less', () => {
    expect(capacityOf(32, 8)).toBe(62);
    expect(capacityOf(32, 2)).toBe(20);
    expect(capacityOf(4, 2)).toBe(6);
  });

  it.each([0.5, 1, 2, 2.9])('lets a trial machine of %d GiB take four logins', (memory) => {
    expect(capacityOf(memory, 1)).toBe(4);
  });

  it('never falls when memory or cores are added', () => {
    const size = fc.double({ min: 0.1, max: 4096, noNaN: true });
    const cores = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(size, size, cores, cores, (memory, moreMemory, count, more) => {
        expect(capacityOf(memory + moreMemory, count + more)).toBeGreaterThanOrEqual(capacityOf(memory, count));
      }),
    );
  });
});

describe('the load', () => {
  it('is read from the texts of /proc', () => {
    const load = parseLoad(
      {
        loadavg: '0.62 0.31 0.20 2/98 8810\n',
        meminfo: 'MemTotal:       24684096 kB\nMemFree:        23327696 kB\nMemAvailable:   23839292 kB\n',
        cpuPressure: 'some avg10=7.05 avg60=2.63 avg300=1.12 total=13301374\nfull avg10=0.00 avg60=0.00 total=0\n',
        memoryPressure: 'some avg10=0.50 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 total=0\n',
        diskPressure: 'some avg10=88.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=31.40 avg60=0.00 total=0\n',
      },
      2,
    );
    expect(load).toEqual({
      cores: 2,
      load1: 0.62,
      cpuPressure: 7.05,
      memoryTotal: 24_684_096,
      memoryAvailable: 23_839_292,
      memoryPressure: 0.5,
      diskPressure: 31.4,
    });
  });
});

describe('the memory', () => {
  const load = (meminfo: string, arcstats?: string) => {
    const texts = { loadavg: undefined, cpuPressure: undefined, memoryPressure: undefined, diskPressure: undefined };
    const { memoryTotal, memoryAvailable } = parseLoad({ ...texts, meminfo, arcstats }, 1);
    return [memoryTotal, memoryAvailable];
  };

  it('is unknown without a total, and what is available without a number of the kernel', () => {
    expect(load('MemAvailable: 5 kB\n')).toEqual([null, null]);
    expect(load('MemTotal: 100 kB\nCached: 5 kB\n')).toEqual([100, null]);
    expect(load('MemTotal: 100 kB\nMemFree: 5 kB\n')).toEqual([100, 5]);
    expect(load('MemTotal: 100 kB\nMemFree: 5 kB\nShmem: 9 kB\n')).toEqual([100, 5]);
  });

  it('does not shrink by a cache of ZFS below its minimum', () => {
    expect(load('MemTotal: 100 kB\nMemAvailable: 5 kB\n', 'size 4 1024\nc_min 4 4096\n')).toEqual([100, 5]);
  });
});

describe('an answer', () => {
  const staticInfo = { languages: [], sessions: [], xsession: null };
  const metrics = { load: idle, loadAgeMs: 7, ssh: { listening: true, connections: 9 }, pending: 4 };
  const builtIn = { kind: 'built-in' } as const;

  it('splits the connections into sessions that run and logins under way', () => {
    const info = composeServerInfo({ staticInfo, metrics, capacity: 90, drainNote: undefined }, builtIn);
    expect(info).toMatchObject({ running: 5, pending: 4, capacity: 90, rating: 90, ageMs: 7, sshDown: false });
  });

  it('counts all connections as running where sshd does not tell what is pending', () => {
    const untold = { ...metrics, pending: null };
    const info = composeServerInfo({ staticInfo, metrics: untold, capacity: 90, drainNote: undefined }, builtIn);
    expect(info).toMatchObject({ running: 9, pending: null, rating: 90 });
  });

  it('is rating 0 while draining or without ssh, whatever the rating program says', () => {
    const given = { kind: 'given', rating: 77 } as const;
    const rating = (drainNote: string | undefined, listening: boolean) =>
      composeServerInfo(
        { staticInfo, metrics: { ...metrics, ssh: { listening, connections: 0 } }, capacity: null, drainNote },
        given,
      ).rating;
    expect([rating(undefined, true), rating('', true), rating(undefined, false)]).toEqual([77, 0, 0]);
  });

  it.each([
    [undefined, null],
    ['', null],
    ['since 2026-11-28T06:30:00.000Z', null],
    ['since 2026-11-28T06:30:00.000Z: Maintenance until 18:00', 'Maintenance until 18:00'],
    ['written by hand:\n  new  disk', 'written by hand: new disk'],
    ['since Monday: new disk', 'since Monday: new disk'],
    ['x'.repeat(500), 'x'.repeat(200)],
  ])('tells of the drain file %j the reason %j', (drainNote, notice) => {
    const info = composeServerInfo({ staticInfo, metrics, capacity: 90, drainNote }, builtIn);
    expect(info).toMatchObject({ draining: drainNote !== undefined, notice });
  });
});
