import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltLdminfod, buildLdminfod } from '../support/ldminfod-build.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run } from './support/run.js';

/** How a container with 4 GiB and one and a half cores is made. */
interface Limits {
  /** The file system of version 2, whose pressure files are read. */
  readonly unified: string;
  /** Shell text that makes the group and joins it. */
  readonly make: string;
  /** Shell text that gives the container its own view of its groups. */
  readonly mount: string;
}

/** Version 2 alone, as on every machine with systemd. */
const version2: Limits = {
  unified: '/sys/fs/cgroup',
  make: `
    mkdir /sys/fs/cgroup/$group
    echo 4G >/sys/fs/cgroup/$group/memory.max
    echo 150000 100000 >/sys/fs/cgroup/$group/cpu.max
    echo 0 >/sys/fs/cgroup/$group/cgroup.procs`,
  mount: 'umount /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup',
};

/** Version 1, with version 2 mounted beside it without controllers (systemd calls it hybrid). */
const version1: Limits = {
  unified: '/sys/fs/cgroup/unified',
  make: `
    for one in memory cpu unified; do
      [ -d /sys/fs/cgroup/$one ] || continue
      mkdir /sys/fs/cgroup/$one/$group
      case $one in
        memory) echo 4G >/sys/fs/cgroup/$one/$group/memory.limit_in_bytes ;;
        cpu) echo 150000 >/sys/fs/cgroup/$one/$group/cpu.cfs_quota_us ;;
      esac
      echo 0 >/sys/fs/cgroup/$one/$group/cgroup.procs
    done`,
  mount: `
    for one in memory cpu; do umount /sys/fs/cgroup/$one; mount -t cgroup -o $one cgroup /sys/fs/cgroup/$one; done
    if [ -d /sys/fs/cgroup/unified ]; then
      umount /sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    fi`,
};

const passedOn = '/sys/fs/cgroup/cgroup.subtree_control';
const controllers = existsSync(passedOn) ? readFileSync(passedOn, 'utf8').trim().split(' ') : [];
const hasVersion1 = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
const hasVersion2 = ['memory', 'cpu'].every((controller) => controllers.includes(controller));
const limits = hasVersion1 ? version1 : version2;
const missing =
  process.getuid?.() !== 0
    ? 'root'
    : hasVersion1 || hasVersion2
      ? undefined
      : 'control groups that limit memory and processor time';

const container = `
  group=$1 program=$2
  ${limits.make}
  exec unshare --cgroup --pid --fork --kill-child --mount sh -euc '
    mount -t proc proc /proc
    ${limits.mount}
    ip link set lo up
    "$0" --config /dev/null --listen 127.0.0.1 --drain-file /tmp/none &
    for try in 1 2 3 4 5 6 7 8 9 10; do
      "$0" status --config /dev/null --listen 127.0.0.1 --verbose 2>/dev/null && exit
      [ $? = 69 ] || exit 0
      sleep 0.3
    done' "$program"`;

requireOrSkip(missing, 'ldminfod in a container', () => {
  const group = `ldm-test-${randomBytes(6).toString('hex')}`;
  let built: BuiltLdminfod;
  beforeAll(async () => {
    built = await buildLdminfod();
  });
  afterAll(async () => {
    await built.remove();
    await run(['sh', '-c', `rmdir /sys/fs/cgroup/${group} /sys/fs/cgroup/*/${group}`]);
  });

  it('rates the memory and the processor time that the container has', { timeout: 30_000 }, async () => {
    const { stdout } = await run(['unshare', '--net', 'sh', '-euc', container, 'container', group, built.program]);
    // (4 GiB - 1 GiB) / 512 MiB
    expect(stdout).toMatch(/^capacity: 6$/m);
    expect(stdout).toMatch(/^cores: 1\.5, limited by \/sys\/fs\/cgroup\S*$/m);
    expect(stdout).toMatch(/^memory: 4096 MiB, limited by \/sys\/fs\/cgroup\S*$/m);
    expect(stdout).toMatch(/^run queue of: \d+ cores of the host$/m);
    expect(stdout.split('\n')).toContain(`waits from: ${limits.unified}`);
    expect(stdout).toMatch(/^container: yes$/m);
  });
});
