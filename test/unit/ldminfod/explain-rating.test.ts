import { describe, expect, it } from 'vitest';
import { explainRating } from '../../../src/ldminfod/rating/explain-rating.js';
import type { MeasuredLoad } from '../../../src/ldminfod/rating/load-reader.js';
import { serverInfo } from '../../support/server-info.js';

const mebibyte = 1024;
const busy: MeasuredLoad = {
  load: {
    cores: 64,
    loadCores: 64,
    load1: 40,
    cpuPressure: 80,
    memoryTotal: 131_072 * mebibyte,
    memoryAvailable: 110_592 * mebibyte,
    memoryPressure: 15,
    diskPressure: 40,
  },
  basis: {
    container: false,
    cpuLimit: undefined,
    memoryLimit: undefined,
    pressure: '/proc/pressure',
    zfsCache: 8_192 * mebibyte,
    hugePages: 0,
  },
};
const builtIn = { ratingCommand: null, fixedRating: null, capacity: null };

describe('the explanation of a rating', () => {
  it('shows an administrator its parts', () => {
    const info = serverInfo({ running: 10, pending: 5, capacity: 60 });
    expect(explainRating(info, busy, { ...builtIn, capacity: 60 })).toBe(`rating by: the lowest part
sessions part: 75: 15 of 60
capacity by: the setting capacity
processor part: 12: run queue 40, waits 80 %
memory part: 26: 110592 MiB of 131072 MiB available, waits 15 %
disk part: 77: all wait 40 %
cores: 64
run queue of: 64 cores
memory: 131072 MiB
waits from: /proc/pressure
container: no
cache of ZFS: 8192 MiB counted as available
`);
  });

  it('shows what is unknown, and what limits a container', () => {
    const info = serverInfo({ running: null, pending: null, capacity: null });
    const load = {
      cores: 2,
      load1: null,
      cpuPressure: null,
      memoryTotal: null,
      memoryAvailable: null,
      memoryPressure: null,
      diskPressure: null,
    };
    const basis = {
      container: true,
      cpuLimit: '/a',
      memoryLimit: '/b',
      pressure: undefined,
      zfsCache: 0,
      hugePages: 512 * mebibyte,
    };
    const text = explainRating(info, { load, basis }, builtIn);
    expect(text.split('\n')).toEqual([
      'rating by: the lowest part',
      'sessions part: unknown',
      'capacity by: memory and cores',
      'processor part: 100: run queue unknown, waits unknown',
      'memory part: 100: unknown of unknown available, waits unknown',
      'disk part: 100: all wait unknown',
      'cores: 2, limited by /a',
      'run queue of: 2 cores of the host',
      'memory: unknown, limited by /b',
      'waits from: nothing: the kernel does not report them',
      'container: yes',
      'huge pages: 512 MiB not counted as memory',
      '',
    ]);
  });

  it('names the cores of the run queue where they are others', () => {
    const inContainer = { ...busy, load: { ...busy.load, cores: 4 } };
    expect(explainRating(serverInfo(), inContainer, builtIn)).toContain('\ncores: 4\nrun queue of: 64 cores\n');
  });

  it.each([
    [{ ratingCommand: '/bin/rate' }, 'the setting rating-command'],
    [{ fixedRating: 0 }, 'the setting fixed-rating'],
    [{}, 'the lowest part'],
  ])('names with %j what makes the rating', (options, source) => {
    expect(explainRating(serverInfo(), busy, { ...builtIn, ...options })).toContain(`rating by: ${source}\n`);
  });
});
