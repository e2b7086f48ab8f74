import { type Host, startHost } from './host.js';
import { deadAddress, type Link, type Network } from './network.js';
import { until } from './run.js';

/** A DNS server on a host of its own. It answers for school.test; whatever ends in unanswered.test it never answers. */
export interface Dns {
  readonly host: Host;
  readonly address: string;
  readonly link: Link;
  /** Its addresses by name, from now on. */
  answer(addresses: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

const number = 2;

/**
 * Starts dnsmasq.
 * @param records more lines for its configuration
 */
export async function startDns(
  network: Network,
  addresses: Readonly<Record<string, string>>,
  records: readonly string[] = [],
): Promise<Dns> {
  const host = await startHost('dns');
  const link = await network.connect(host, number);
  const { address } = link;
  const dns: Dns = {
    host,
    address,
    link,
    async answer(next) {
      const lines = Object.entries(next).map(([name, to]) => `host-record=${name},${to}`);
      const config = [
        'port=53',
        'user=root',
        'no-resolv',
        'no-hosts',
        'local=/school.test/',
        // Asked of an address where nobody is, so that no answer ever comes.
        `server=/unanswered.test/${deadAddress}`,
        ...lines,
        ...records,
        '',
      ];
      await host.write('/run/dnsmasq.conf', config.join('\n'));
      await host.sh('[ ! -e /run/dnsmasq.pid ] || kill "$(cat /run/dnsmasq.pid)"');
      await until('the port of DNS is free', async () => !(await host.listens(53)));
      await host.sh('dnsmasq --conf-file=/run/dnsmasq.conf --pid-file=/run/dnsmasq.pid </dev/null >/dev/null 2>&1');
      await until('dnsmasq listens', () => host.listens(53));
    },
    stop: () => host.stop(),
  };
  await dns.answer(addresses);
  return dns;
}
