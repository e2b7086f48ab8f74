import { existsSync } from 'node:fs';
import { missingForCluster } from '../../cluster/support/missing.js';
import { controlGroups } from './systemd.js';

const programs = {
  'dpkg-dev': '/usr/bin/dpkg-buildpackage',
  debhelper: '/usr/bin/dh',
  lintian: '/usr/bin/lintian',
  debootstrap: '/usr/sbin/debootstrap',
};

/** What the machine lacks to build packages and to try them in clean roots; undefined when nothing. */
export const missingForPackages: string | undefined = missingForCluster ?? findMissing();

/** What it lacks to have systemd as the first process of such a root. */
export const missingForSystemd: string | undefined =
  controlGroups() === undefined ? 'needs a cgroup2 file system that is mounted' : undefined;

function findMissing(): string | undefined {
  const lacking = Object.entries(programs).filter(([, path]) => !existsSync(path));
  return lacking.length > 0
    ? `needs the packages ${lacking.map(([name]) => name).join(', ')} (sh scripts/setup.sh test installs them)`
    : undefined;
}
