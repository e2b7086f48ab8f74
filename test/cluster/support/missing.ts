import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const programs = {
  'openssh-server': '/usr/sbin/sshd',
  'openssh-client': '/usr/bin/ssh-keygen',
  'util-linux': '/usr/bin/nsenter',
  perl: '/usr/bin/perl',
  xauth: '/usr/bin/xauth',
  xvfb: '/usr/bin/Xvfb',
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  nftables: '/usr/sbin/nft',
  openbox: '/usr/bin/openbox',
};

/** What the machine lacks for a cluster, in words; undefined when nothing. */
export const missingForCluster: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for namespaces';
  const lacking = Object.entries(programs).filter(([, path]) => !existsSync(path));
  if (lacking.length > 0) {
    return `needs the packages ${lacking.map(([name]) => name).join(', ')} (sh scripts/setup.sh test installs them)`;
  }
  const namespaces = ['--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child'];
  const network = 'ip link add br0 type bridge && ip link add end0 type veth peer name end1';
  const probe = spawnSync('unshare', [...namespaces, '--', 'sh', '-c', network], { encoding: 'utf8' });
  if (probe.status === 0) return undefined;
  if (probe.stderr.includes('root filesystem propagation')) {
    // What is mounted there could come to the machine's own mounts.
    return 'needs a root that is a mount point: before chroot FOLDER, run mount --bind FOLDER FOLDER';
  }
  return `needs namespaces with bridges and veth (${probe.stderr.trim()})`;
}
