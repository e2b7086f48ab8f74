import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countCpus, hasLxcfsMemory, readLimits, sessionGroups } from '../../../src/ldminfod/rating/cgroup.js';

const mount = (point: string, type: string, options = 'rw', root = '/'): string =>
  `31 23 0:28 ${root} ${point} rw,nosuid shared:9 - ${type} ${type} ${options}\n`;
const version2 = mount('/sys/fs/cgroup', 'cgroup2');

describe('the groups of sessions', () => {
  const unified = (mountinfo: string, path: string) =>
    sessionGroups(mountinfo, `0::${path}\n`).map((group) => group.unified);

  it.each([
    ['/', []],
    ['/init.scope', []],
    ['/lxc/pc1', ['lxc', 'lxc/pc1']],
    ['/lxc/pc1/init.scope', ['lxc', 'lxc/pc1']],
    ['/init.scope/x', ['init.scope', 'init.scope/x']],
    ['/a:b', ['a:b']],
    ['/../pc1', []],
  ])('lead with the first process in %s from the mount point to user.slice', (path, between) => {
    const innermost = [...between.slice(-1), 'user.slice'].join('/');
    expect(unified(version2, path)).toEqual(['', ...between, innermost].map((name) => join('/sys/fs/cgroup', name)));
  });

  it.each([
    ['/docker/abc', []],
    ['/docker/abc/x', ['x']],
    ['/docker/abcd', ['docker', 'docker/abcd']],
    ['/x/docker/abc', ['x', 'x/docker', 'x/docker/abc']],
  ])('begin at the group that is mounted, with the first process in %s', (path, between) => {
    const groups = unified(mount('/sys/fs/cgroup', 'cgroup2', 'rw', '/docker/abc'), path);
    expect(groups.slice(0, -1)).toEqual(['', ...between].map((name) => join('/sys/fs/cgroup', name)));
  });

  it('are those of the last mount of their kind', () => {
    const mountinfo = version2 + mount('/mnt/cgroup', 'cgroup2') + mount('/proc', 'proc') + mount('/x', 'cgroup', 'rw');
    expect(unified(mountinfo, '/')).toEqual(['/mnt/cgroup', '/mnt/cgroup/user.slice']);
  });

  it('are none where nothing is mounted', () => {
    expect(sessionGroups('', '0::/\n')).toEqual([]);
    expect(sessionGroups('nonsense\n - \n', '')).toEqual([]);
  });

  it('have in version 1 a directory for each controller', () => {
    const mountinfo =
      mount('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct') +
      mount('/sys/fs/cgroup/cpuset', 'cgroup', 'rw,cpuset') +
      mount('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory') +
      mount('/tmp/memory', 'tmpfs', 'rw,memory');
    const groups = sessionGroups(mountinfo, '4:memory:/a/b\n3:cpu,cpuacct:/a\n0::/ignored\n');
    expect(groups).toEqual([
      {
        name: '/sys/fs/cgroup/memory',
        unified: undefined,
        cpu: undefined,
        cpuset: undefined,
        memory: '/sys/fs/cgroup/memory',
      },
      {
        name: '/sys/fs/cgroup/memory/a',
        unified: undefined,
        cpu: '/sys/fs/cgroup/cpu,cpuacct',
        cpuset: undefined,
        memory: '/sys/fs/cgroup/memory/a',
      },
      {
        name: '/sys/fs/cgroup/memory/a/b',
        unified: undefined,
        cpu: '/sys/fs/cgroup/cpu,cpuacct/a',
        cpuset: '/sys/fs/cgroup/cpuset',
        memory: '/sys/fs/cgroup/memory/a/b',
      },
      {
        name: '/sys/fs/cgroup/memory/a/b/user.slice',
        unified: undefined,
        cpu: '/sys/fs/cgroup/cpu,cpuacct/a/user.slice',
        cpuset: '/sys/fs/cgroup/cpuset/user.slice',
        memory: '/sys/fs/cgroup/memory/a/b/user.slice',
      },
    ]);
  });

  it('are named after the controller of processor time where there is no other', () => {
    const [group] = sessionGroups(mount('/cpu', 'cgroup', 'rw,cpu'), '1:cpu:/\n');
    expect(group?.name).toBe('/cpu');
  });
});

it.each([
  [mount('/proc/meminfo', 'fuse.lxcfs') + version2, true],
  [mount('/proc/stat', 'fuse.lxcfs'), false],
  [mount('/proc/meminfo', 'tmpfs'), false],
  ['', false],
])('lxcfs provides the memory only with a mount of its own: %j', (mountinfo, provides) => {
  expect(hasLxcfsMemory(mountinfo)).toBe(provides);
});

it.each([
  ['0-3,8\n', 5],
  ['7', 1],
  ['10-19', 10],
  ['', null],
  ['4-3', null],
  ['x0', null],
  ['0x', null],
  ['0-3,x', null],
])('the list of processors %j has %j', (list, count) => {
  expect(countCpus(list)).toBe(count);
});

describe('the limits of a group', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ldminfod-cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const none = { cpu: null, cpuset: null, memory: null, memoryAvailable: null };
  const limits = (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return readLimits({ name: 'x', unified: 'two', cpu: 'cpu', cpuset: 'set', memory: 'memory' }, root);
  };

  it('are none where no file has one', () => {
    expect(limits({})).toEqual(none);
    expect(
      readLimits({ name: '', unified: undefined, cpu: undefined, cpuset: undefined, memory: undefined }, root),
    ).toEqual(none);
  });

  it.each([
    ['150000 100000\n', 1.5],
    ['50000 100000', 0.5],
    ['max 100000', null],
    ['0 100000', null],
    ['100000 0', null],
    ['x100000 100000', null],
    ['100000 100000 x', null],
  ])('have for cpu.max %j the cores %j', (text, cpu) => {
    expect(limits({ 'two/cpu.max': text }).cpu).toBe(cpu);
  });

  it.each([
    ['250000\n', 2.5],
    ['-1\n', null],
  ])('have in version 1 for the quota %j the cores %j', (quota, cpu) => {
    const files = { 'cpu/cpu.cfs_quota_us': quota, 'cpu/cpu.cfs_period_us': '100000\n' };
    expect(limits(files).cpu).toBe(cpu);
  });

  it('have the processors of version 2, else those of version 1', () => {
    expect(limits({ 'set/cpuset.effective_cpus': '0-7\n' }).cpuset).toBe(8);
    expect(limits({ 'two/cpuset.cpus.effective': '0-3\n' }).cpuset).toBe(4);
  });

  it('have the lower limit of memory, and what is left of it with the caches', () => {
    const files = {
      'two/memory.max': '8192000',
      'two/memory.high': '4096000\n',
      'two/memory.current': '3072000\n',
      'two/memory.stat': 'anon 1\ninactive_file 102400\nactive_file 204800\nslab_reclaimable 1024\n',
    };
    expect(limits(files)).toEqual({ ...none, memory: 4_000, memoryAvailable: 1_301 });
    expect(limits({ 'two/memory.max': '2048000' })).toEqual({ ...none, memory: 2_000, memoryAvailable: 0 });
    expect(limits({ 'two/memory.current': '1024' }).memoryAvailable).toBe(2_000);
  });

  it.each(['max', 'x1024', '1024x', '', String(2 ** 60)])('have no memory for the limit %j', (limit) => {
    expect(limits({ 'two/memory.max': limit, 'two/memory.current': '1024' })).toEqual(none);
  });

  it('have no memory where its use is unknown', () => {
    expect(limits({ 'two/memory.max': '1024' })).toEqual(none);
  });

  it('have in version 1 the lower of the own limit and that of the groups above', () => {
    const stat = 'inactive_file 9999999\ntotal_inactive_file 204800\ntotal_active_file 102400\n';
    const files = {
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/memory.usage_in_bytes': '2048000\n',
      'memory/memory.stat': `hierarchical_memory_limit 4096000\n${stat}`,
    };
    expect(limits(files)).toEqual({ ...none, memory: 4_000, memoryAvailable: 2_300 });
    const own = { 'memory/memory.limit_in_bytes': '3072000\n', 'memory/memory.stat': stat };
    expect(limits(own)).toEqual({ ...none, memory: 3_000, memoryAvailable: 1_300 });
  });
});
