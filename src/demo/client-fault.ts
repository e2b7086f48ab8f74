/** What the demo's client lacks. */
export type ClientFault = NetworkFault | 'clock';
type NetworkFault = 'cable' | 'address' | 'route' | 'name-server' | 'names';

/** The addresses are from the ranges for documentation (RFC 5737); nothing leaves the namespace. */
const address = 'ip addr add 192.0.2.7/24 dev eth0';
const plugIn = 'ip link set far up';
const route = 'ip route add default via 192.0.2.1';

/** Shell text that leaves a fault. The other end of the cable is `far`. */
const faults: Readonly<Record<NetworkFault, readonly string[]>> = {
  cable: [],
  address: [plugIn],
  route: [plugIn, address],
  'name-server': [plugIn, address, route],
  names: [plugIn, address, route],
};

/** Content of resolv.conf. Nobody has the address of the name server. */
export function resolvConf(fault: ClientFault): string {
  return fault === 'names' ? '' : 'nameserver 192.0.2.53\n';
}

/**
 * Command words that run a program on a client with this fault; the program and its arguments follow.
 * @param file has the content that {@link resolvConf} gives
 */
export function withFault(fault: ClientFault, file: string): string[] {
  return fault === 'clock' ? withWrongClock : inFaultyNetwork(fault, file);
}

/**
 * faketime(1), by its library, because the program would stand between this process and ldm. Only the date is wrong:
 * timers and the times of files stay as they are.
 */
const withWrongClock = [
  ...['env', 'DONT_FAKE_MONOTONIC=1', 'NO_FAKE_STAT=1', 'FAKETIME=@2001-01-01 08:00:00'],
  'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1',
];

/** Namespaces of a user need no root. Root does without: a chroot has none of a user (user_namespaces(7)). */
function inFaultyNetwork(fault: NetworkFault, file: string): string[] {
  const script = [
    // The network cards there are those of the process that mounts it. A container may forbid this.
    'mount -t sysfs sysfs /sys 2>/dev/null || true',
    'mount --bind "$1" /etc/resolv.conf',
    'ip link set lo up',
    'ip link add eth0 type veth peer name far',
    'ip link set eth0 up',
    ...faults[fault],
    'shift',
    'exec "$@"',
  ];
  const ofUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...ofUser, '--net', '--mount', '--', 'sh', '-euc', script.join('\n'), 'sh', file];
}
