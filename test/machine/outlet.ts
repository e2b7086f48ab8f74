/** The wall socket of the client: a bridge with a tap for the machine, and DHCP that can be late. */
import type { Host } from '../cluster/support/host.js';
import { networkPrefix } from '../cluster/support/network.js';
import { until } from '../cluster/support/run.js';

export const tap = 'tap0';
/** Of the machine's network card; DHCP knows it. */
export const clientMac = '02:00:00:4d:01:01';
export const clientAddress = `${networkPrefix}1`;
const ownAddress = `${networkPrefix}2`;

export interface Outlet {
  startDhcp(): Promise<void>;
  stopDhcp(): Promise<void>;
}

/** Makes an outlet of a host that is on the network: its own address goes, and what is at the tap is on the network. */
export async function makeOutlet(host: Host): Promise<Outlet> {
  await host.sh(`
    ip addr flush dev eth0
    ip link add br0 type bridge
    ip link set br0 up
    ip link set eth0 master br0
    ip addr add ${ownAddress}/24 dev br0
    ip tuntap add ${tap} mode tap
    ip link set ${tap} master br0 up`);
  let stop: (() => Promise<void>) | undefined;
  return {
    async startDhcp() {
      const range = [
        `--dhcp-range=${clientAddress},${clientAddress},255.255.255.0,1h`,
        `--dhcp-host=${clientMac},${clientAddress}`,
      ];
      // Without a name server, and as the only one that gives addresses here.
      const words = [
        '--keep-in-foreground',
        '--port=0',
        '--interface=br0',
        '--bind-interfaces',
        '--dhcp-authoritative',
      ];
      const files = [
        '--conf-file=/dev/null',
        '--dhcp-leasefile=/run/leases',
        '--pid-file=',
        '--user=root',
        '--no-ping',
      ];
      const program = host.start(['dnsmasq', ...words, ...range, ...files, '--log-facility=-'], {
        timeoutMs: 3_600_000,
      });
      await until('DHCP is there', () => /DHCP.* IP range/.test(program.stderr() + program.stdout()));
      stop = async () => {
        program.signal('SIGTERM');
        await program.done;
      };
    },
    async stopDhcp() {
      await stop?.();
      stop = undefined;
    },
  };
}
