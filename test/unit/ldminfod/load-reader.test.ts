import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoadReader, ownProcessors } from '../../../src/ldminfod/rating/load-reader.js';
import { defaultCapacity, headroom } from '../../../src/ldminfod/rating/rating.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ldminfod-machine-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const gib = 2 ** 30;
const meminfo = (total: number, available: number): string =>
  `MemTotal: ${total * 1024 * 1024} kB\nMemFree: 1 kB\nMemAvailable: ${available * 1024 * 1024} kB\n`;
const pressure = (percent: number): string => `some avg10=${percent}.00 avg60=0.00 avg300=0.00 total=1\n`;

/** Files below the machine's root. The host has 64 cores, a load of 40, and 128 GiB of memory, 100 of them available. */
function machine(files: Readonly<Record<string, string>>, pidNamespace = 'pid:[4026531836]'): void {
  const all = {
    'proc/loadavg': '40.00 38.00 35.00 41/9000 1\n',
    'proc/meminfo': meminfo(128, 100),
    'proc/pressure/cpu': pressure(80),
    'proc/pressure/memory': pressure(15),
    'proc/pressure/io': 'some avg10=90.00 total=0\nfull avg10=40.00 total=0\n',
    'proc/1/cgroup': '0::/init.scope\n',
    'proc/self/mountinfo': '29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n',
    'sys/devices/system/cpu/present': '0-63\n',
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  mkdirSync(join(root, 'proc/self/ns'), { recursive: true });
  symlinkSync(pidNamespace, join(root, 'proc/self/ns/pid'));
}
const measure = (cores: number) => createLoadReader({ procRoot: join(root, 'proc'), root, cores })();
const cpuPart = (cores: number): number => headroom(measure(cores).load, { connections: 0, capacity: 10 }).cpu;

it('counts the processors that a process may run on, whatever its control group gives it of their time', () => {
  machine({ 'proc/self/status': 'Name:\tnode\nCpus_allowed:\tff,0000000f\nCpus_allowed_list:\t0-3,32-39\n' });
  expect(ownProcessors(join(root, 'proc'))).toBe(12);
});

it('counts the processors as Node does where /proc does not list them', () => {
  machine({});
  expect(ownProcessors(join(root, 'proc'))).toBe(availableParallelism());
});

describe('the load of a container', () => {
  const inside = 'pid:[4026532345]';
  /** LXC, systemd-nspawn and Docker with their own view of version 2. */
  const idleContainer = {
    'sys/fs/cgroup/cgroup.type': 'domain\n',
    'sys/fs/cgroup/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/cpu.pressure': pressure(2),
    'sys/fs/cgroup/memory.pressure': pressure(0),
    'sys/fs/cgroup/io.pressure': 'some avg10=9.00 total=0\nfull avg10=3.00 total=0\n',
    'sys/fs/cgroup/memory.max': `${8 * gib}\n`,
    'sys/fs/cgroup/memory.high': 'max\n',
    'sys/fs/cgroup/memory.current': `${6 * gib}\n`,
    'sys/fs/cgroup/memory.stat': `anon 1\ninactive_file ${2 * gib}\nactive_file ${gib}\nslab_reclaimable ${gib}\n`,
  };

  it('is not the load of its host', () => {
    machine(idleContainer, inside);
    expect(measure(4)).toMatchObject({
      load: { cores: 4, load1: 40, loadCores: 64, cpuPressure: 2, memoryPressure: 0, diskPressure: 3 },
      basis: { container: true, pressure: '/sys/fs/cgroup' },
    });
    expect(cpuPart(4)).toBeGreaterThan(90);
  });

  it('has the memory of its limit, with caches counted as available', () => {
    machine(idleContainer, inside);
    const { load, basis } = measure(4);
    expect(load).toMatchObject({ memoryTotal: 8 * 1024 * 1024, memoryAvailable: 6 * 1024 * 1024 });
    expect(basis.memoryLimit).toBe('/sys/fs/cgroup');
    expect(defaultCapacity(load)).toBe(14);
  });

  it('has the processor time of its limit', () => {
    machine({ ...idleContainer, 'sys/fs/cgroup/cpu.max': '150000 100000\n' }, inside);
    expect(measure(64)).toMatchObject({ load: { cores: 1.5 }, basis: { cpuLimit: '/sys/fs/cgroup' } });
    expect(defaultCapacity(measure(64).load)).toBe(14);
  });

  it('is short of memory where its host is', () => {
    machine({ ...idleContainer, 'proc/meminfo': meminfo(128, 1) }, inside);
    expect(measure(4).load.memoryAvailable).toBe(1024 * 1024);
  });

  it('is found where the first process is in a group below the mount point', () => {
    const { 'sys/fs/cgroup/cgroup.type': type, 'sys/fs/cgroup/cpu.pressure': waits } = idleContainer;
    const own = 'sys/fs/cgroup/lxc/pc1';
    const files = { 'proc/1/cgroup': '0::/lxc/pc1/init.scope\n', [`${own}/cgroup.type`]: type };
    machine({ ...files, [`${own}/cpu.pressure`]: waits, [`${own}/cpu.max`]: '300000 100000\n' }, inside);
    expect(measure(4)).toMatchObject({
      load: { cores: 3, cpuPressure: 2 },
      basis: { cpuLimit: `/${own}`, pressure: `/${own}` },
    });
  });

  it('is unknown where only the pressure of the host is there', () => {
    machine({ 'sys/fs/cgroup/cpu.pressure': pressure(80) }, inside);
    expect(measure(4)).toMatchObject({ load: { cpuPressure: null }, basis: { pressure: undefined } });
  });

  it('is found in version 1, where Docker mounts its group below the path of the host', () => {
    const mount = (id: number, controller: string): string =>
      `${id} 22 0:${id} /docker/abc /sys/fs/cgroup/${controller} ro - cgroup cgroup rw,${controller}\n`;
    machine(
      {
        'proc/self/mountinfo': ['memory', 'cpu,cpuacct', 'cpuset'].map((one, index) => mount(30 + index, one)).join(''),
        'proc/1/cgroup':
          '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:cpuset:/docker/abc\n0::/system.slice/docker\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'sys/fs/cgroup/memory/memory.usage_in_bytes': `${3 * gib}\n`,
        'sys/fs/cgroup/memory/memory.stat': `hierarchical_memory_limit ${4 * gib}\ntotal_inactive_file ${gib}\ntotal_active_file 0\n`,
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '250000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpuset/cpuset.effective_cpus': '0-1,5\n',
      },
      inside,
    );
    // The pressure of the host says nothing of this container.
    expect(measure(64).load).toMatchObject({
      cores: 2.5,
      cpuPressure: null,
      memoryPressure: null,
      memoryTotal: 4 * 1024 * 1024,
      memoryAvailable: 2 * 1024 * 1024,
    });
  });

  it('leaves the cache of ZFS to the host where lxcfs tells of the memory', () => {
    machine(
      {
        'proc/self/mountinfo': '40 22 0:50 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n',
        'proc/meminfo': meminfo(8, 2),
        'proc/spl/kstat/zfs/arcstats': `size 4 ${60 * gib}\nc_min 4 ${4 * gib}\n`,
      },
      inside,
    );
    expect(measure(4).load.memoryAvailable).toBe(2 * 1024 * 1024);
  });
});

describe('the load of a machine', () => {
  it('is what the kernel tells of the whole machine, whatever limits the service itself has', () => {
    machine({
      'proc/self/cgroup': '0::/system.slice/ldminfod.service\n',
      'sys/fs/cgroup/system.slice/ldminfod.service/memory.max': `${gib / 4}\n`,
      'sys/fs/cgroup/system.slice/ldminfod.service/memory.current': '1\n',
    });
    expect(measure(64)).toEqual({
      load: {
        cores: 64,
        loadCores: 64,
        load1: 40,
        cpuPressure: 80,
        memoryPressure: 15,
        diskPressure: 40,
        memoryTotal: 128 * 1024 * 1024,
        memoryAvailable: 100 * 1024 * 1024,
      },
      basis: {
        container: false,
        cpuLimit: undefined,
        memoryLimit: undefined,
        pressure: '/proc/pressure',
        zfsCache: 0,
        hugePages: 0,
      },
    });
  });

  it('is that of user.slice where sessions are limited there', () => {
    machine({
      'sys/fs/cgroup/user.slice/cgroup.type': 'domain\n',
      'sys/fs/cgroup/user.slice/memory.max': 'max\n',
      'sys/fs/cgroup/user.slice/memory.high': `${16 * gib}\n`,
      'sys/fs/cgroup/user.slice/memory.current': `${15 * gib}\n`,
      'sys/fs/cgroup/user.slice/memory.stat': 'inactive_file 0\nactive_file 0\n',
      'sys/fs/cgroup/user.slice/cpu.pressure': pressure(7),
    });
    expect(measure(64)).toMatchObject({
      load: { cores: 64, cpuPressure: 7, memoryTotal: 16 * 1024 * 1024, memoryAvailable: 1024 * 1024 },
      basis: { memoryLimit: '/sys/fs/cgroup/user.slice', pressure: '/sys/fs/cgroup/user.slice' },
    });
  });

  it('has the processors and the processor time of the tightest group', () => {
    const slice = 'sys/fs/cgroup/user.slice';
    machine({
      'sys/fs/cgroup/cpu.max': '200000 100000\n',
      [`${slice}/cgroup.type`]: 'domain\n',
      [`${slice}/cpu.max`]: '300000 100000\n',
      [`${slice}/cpu.pressure`]: pressure(7),
    });
    expect(measure(64)).toMatchObject({
      load: { cores: 2, cpuPressure: 7 },
      basis: { cpuLimit: '/sys/fs/cgroup', pressure: '/sys/fs/cgroup/user.slice' },
    });
    writeFileSync(join(root, slice, 'cpu.max'), '200000 100000\n');
    expect(measure(64).basis.cpuLimit).toBe('/sys/fs/cgroup');
    writeFileSync(join(root, slice, 'cpuset.cpus.effective'), '3\n');
    expect(measure(64).load.cores).toBe(1);
  });

  it('has the memory of the tightest group, also where the machine reports none', () => {
    const memory = (max: number) => ({ 'memory.max': `${max * gib}\n`, 'memory.current': '0\n' });
    const at = (folder: string, files: Readonly<Record<string, string>>) =>
      Object.entries(files).map(([name, text]) => [`sys/fs/cgroup${folder}/${name}`, text]);
    machine(Object.fromEntries([...at('', memory(2)), ...at('/user.slice', memory(3)), ['proc/meminfo', '']]));
    expect(measure(4)).toMatchObject({
      load: { memoryTotal: 2 * 1024 * 1024, memoryAvailable: 2 * 1024 * 1024 },
      basis: { memoryLimit: '/sys/fs/cgroup' },
    });
    writeFileSync(join(root, 'sys/fs/cgroup/user.slice/memory.max'), `${2 * gib}\n`);
    expect(measure(4).basis.memoryLimit).toBe('/sys/fs/cgroup');
  });

  it('has its own pressure where user.slice has no limit', () => {
    machine({
      'sys/fs/cgroup/user.slice/cgroup.type': 'domain\n',
      'sys/fs/cgroup/user.slice/cpu.pressure': pressure(7),
    });
    expect(measure(64)).toMatchObject({ load: { cpuPressure: 80 }, basis: { pressure: '/proc/pressure' } });
  });

  it('counts the cache of ZFS beyond its minimum as available, and never more than there is', () => {
    machine({
      'proc/meminfo': meminfo(128, 10),
      'proc/spl/kstat/zfs/arcstats': `13 1 0x01 147 39984 1 2\nname type data\nsize 4 ${64 * gib}\nc_min 4 ${4 * gib}\n`,
    });
    expect(measure(64).load.memoryAvailable).toBe(70 * 1024 * 1024);
    writeFileSync(join(root, 'proc/meminfo'), meminfo(128, 100));
    expect(measure(64).load.memoryAvailable).toBe(128 * 1024 * 1024);
  });

  it('does not count huge pages, which desktops do not use', () => {
    const pages = 'HugePages_Total: 1024\nHugepagesize: 2048 kB\n';
    machine({ 'proc/meminfo': `${meminfo(8, 5)}${pages}` });
    expect(measure(4).load.memoryTotal).toBe(6 * 1024 * 1024);
    writeFileSync(join(root, 'proc/meminfo'), `${meminfo(8, 3)}${pages}Hugetlb: ${4 * 1024 * 1024} kB\n`);
    expect(measure(4).load).toMatchObject({ memoryTotal: 4 * 1024 * 1024, memoryAvailable: 3 * 1024 * 1024 });
  });

  it('counts caches as available where the kernel has no sum of its own, and no swap, zram among it', () => {
    const parts = 'MemFree: 100 kB\nBuffers: 10 kB\nCached: 300 kB\nSReclaimable: 50 kB\nShmem: 60 kB\n';
    machine({ 'proc/meminfo': `MemTotal: 1000 kB\n${parts}SwapTotal: 4000 kB\nSwapFree: 4000 kB\n` });
    expect(measure(4).load).toMatchObject({ memoryTotal: 1000, memoryAvailable: 400 });
  });
});
