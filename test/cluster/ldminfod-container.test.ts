import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltLdminfod, buildLdminfod } from '../support/ldminfod-build.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run } from './support/run.js';

const hasMemoryGroups = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
const missing =
  process.getuid?.() !== 0
    ? 'root'
    : hasMemoryGroups
      ? undefined
      : 'control groups of version 1; those of version 2 are tried with files alone';

/**
 * A container with 4 GiB and one and a half cores, and its own view of its groups. Version 2 is mounted beside, without
 * controllers (systemd calls it hybrid); the pressure files are there.
 */
const container = `
  group=$1 program=$2
  for one in memory cpu unified; do
    [ -d /sys/fs/cgroup/$one ] || continue
    mkdir /sys/fs/cgroup/$one/$group
    case $one in
      memory) echo 4G >/sys/fs/cgroup/$one/$group/memory.limit_in_bytes ;;
      cpu) echo 150000 >/sys/fs/cgroup/$one/$group/cpu.cfs_quota_us ;;
    esac
    echo 0 >/sys/fs/cgroup/$one/$group/cgroup.procs
  done
  exec unshare --cgroup --pid --fork --kill-child --mount sh -euc '
    mount -t proc proc /proc
    for one in memory cpu; do umount /sys/fs/cgroup/$one; mount -t cgroup -o $one cgroup /sys/fs/cgroup/$one; done
    if [ -d /sys/fs/cgroup/unified ]; then
      umount /sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    fi
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
    await run(['sh', '-c', `rmdir /sys/fs/cgroup/*/${group}`]);
  });

  it('rates the memory and the processor time that the container has', { timeout: 30_000 }, async () => {
    const { stdout } = await run(['unshare', '--net', 'sh', '-euc', container, 'container', group, built.program]);
    // (4 GiB - 1 GiB) / 512 MiB
    expect(stdout).toMatch(/^capacity: 6$/m);
    expect(stdout).toMatch(/^cores: 1\.5, limited by \/sys\/fs\/cgroup\/\S+$/m);
    expect(stdout).toMatch(/^memory: 4096 MiB, limited by \/sys\/fs\/cgroup\/\S+$/m);
    expect(stdout).toMatch(/^run queue of: \d+ cores of the host$/m);
    expect(stdout).toMatch(/^waits from: \/sys\/fs\/cgroup\/unified$/m);
    expect(stdout).toMatch(/^container: yes$/m);
  });
});
