import { existsSync } from 'node:fs';
import { missingForPackages, missingForSystemd } from '../packages/support/missing.js';

const programs = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  e2fsprogs: '/usr/sbin/mkfs.ext4',
  dosfstools: '/usr/sbin/mkfs.vfat',
  mtools: '/usr/bin/mtype',
};

/** What the machine lacks to boot a client of QEMU; undefined when nothing. */
export const missingForMachine: string | undefined = missingForPackages ?? missingForSystemd ?? findMissing();

function findMissing(): string | undefined {
  const lacking = Object.entries(programs).filter(([, path]) => !existsSync(path));
  if (lacking.length > 0) {
    return `needs the packages ${lacking.map(([name]) => name).join(', ')} (sh scripts/setup.sh machine installs them)`;
  }
  return existsSync('/dev/net/tun') ? undefined : 'needs /dev/net/tun';
}
