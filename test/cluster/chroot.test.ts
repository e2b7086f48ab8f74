import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { checkout } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { type Outcome, run } from './support/run.js';

/**
 * Runs a test file of the cluster in a chroot, on a machine that is a throwaway layer over this one: what leaves the
 * chroot comes to that layer, and is listed at the end.
 * $0 is a folder, $1 the checkout, $2 the shell text that makes the chroot and says where it is.
 */
const scene = `
  folder=$0 checkout=$1 makeChroot=$2
  shift 2
  mount -t tmpfs tmpfs "$folder"
  machine=$folder/machine
  mkdir "$machine"

  # over ROOT LAYER: a root like this one's there, whose changes go into the layer.
  over() {
    mkdir -p "$2/new" "$2/work"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$2/new,workdir=$2/work" "$1"
  }
  # furnish ROOT: what is mounted in a root, and the checkout where it is not of the same file system.
  furnish() {
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount --rbind /sys "$1/sys"
    [ -e "$1$checkout/package.json" ] || { mkdir -p "$1$checkout"; mount --bind "$checkout" "$1$checkout"; }
  }
  over "$machine" "$folder/outside"
  furnish "$machine"
  eval "$makeChroot"
  mount --bind "$folder/outside/new" "$machine/srv"
  cd "$machine"
  pivot_root . .
  umount -l .
  cd /
  chroot "$root" sh -euc 'cd "$0" && exec "$@"' "$checkout" "$@" >&2 || echo "code $?"
  find /srv -mindepth 1`;

/** As sbuild's: a file system of its own. */
const mountPoint = 'over "$machine/mnt" "$folder/inside"; furnish "$machine/mnt"; root=/mnt';

/** As pbuilder's: a folder, no mount point itself. */
const plainFolder = `
  root=/mnt/root
  mkdir "$folder/source"
  over "$folder/source" "$folder/inside"
  mount -t tmpfs tmpfs "$machine/mnt"
  mkdir "$machine$root"
  for entry in "$folder/source"/*; do
    copy=$machine$root/\${entry##*/}
    if [ -L "$entry" ]; then cp -a "$entry" "$copy"; continue; fi
    [ -d "$entry" ] || continue
    mkdir "$copy"
    mount --bind "$entry" "$copy"
  done
  furnish "$machine$root"`;

requireOrSkip(missingForCluster, 'In a chroot, a test of the cluster', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-chroot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const runInChroot = (makeChroot: string): Promise<Outcome> => {
    const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
    const enter = ['unshare', ...namespaces, '--', 'sh', '-euc', scene, folder, checkout, makeChroot];
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.cluster.config.ts'];
    return run([...enter, process.execPath, ...vitest, 'test/cluster/user-names.test.ts'], {
      env: { LDM_TEST_REQUIRE: '1', NO_COLOR: '1' },
      timeoutMs: 110_000,
    });
  };

  it('passes, and changes nothing outside', async () => {
    const { code, stdout, stderr } = await runInChroot(mountPoint);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
  });

  it('is refused where its mounts could get outside, with what to do about it', async () => {
    const { stdout, stderr } = await runInChroot(plainFolder);
    expect(stdout, stderr).toBe('code 1\n');
    expect(stderr).toContain(
      'needs a root that is a mount point: before chroot FOLDER, run mount --bind FOLDER FOLDER',
    );
  });
});
