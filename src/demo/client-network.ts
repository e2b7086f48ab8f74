/** What the network of the demo's client lacks. */
export type NetworkFault = 'cable' | 'address' | 'route' | 'name-server' | 'names';

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
export function resolvConf(fault: NetworkFault): string {
  return fault === 'names' ? '' : 'nameserver 192.0.2.53\n';
}

/**
 * Command words that run a program in a network of its own which has this fault; the program and its arguments follow.
 * Namespaces of a user need no root (user_namespaces(7)).
 * @param file has the content that {@link resolvConf} gives
 */
export function inFaultyNetwork(fault: NetworkFault, file: string): string[] {
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
  const namespaces = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--'];
  return [...namespaces, 'sh', '-euc', script.join('\n'), 'sh', file];
}
