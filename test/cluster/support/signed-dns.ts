import { existsSync } from 'node:fs';
import { type Host, startHost } from './host.js';
import { startKnot } from './knot.js';
import type { Network } from './network.js';
import { until } from './run.js';

/** What the machine lacks for DNS that is signed, in words; undefined when nothing. */
export const missingForSignedDns: string | undefined = existsSync('/usr/sbin/knotd')
  ? undefined
  : 'needs the package knot';

/** A host whose Knot signs school.test and serves plain.test unsigned, and whose dnsmasq resolves for all. */
export interface SignedDns {
  readonly host: Host;
  /** Of its resolver, which validates. */
  readonly address: string;
  /** Starts a validating resolver on a host's loopback. */
  resolveOn(host: Host, trust: 'the right anchor' | 'a wrong anchor'): Promise<void>;
  stop(): Promise<void>;
}

const number = 3;
const knotPort = 5353;

/** @param records lines of both zones, with names relative to the zone */
export async function startSignedDns(network: Network, records: readonly string[]): Promise<SignedDns> {
  const host = await startHost('signed-dns');
  const { address } = await network.connect(host, number);
  await startKnot(host, address, knotPort, [
    { domain: 'school.test', isSigned: true, records },
    { domain: 'plain.test', records },
  ]);
  let ds = '';
  await until('Knot has signed', async () => {
    ds = (await host.run(['/usr/sbin/keymgr', '-c', '/run/knot/knot.conf', 'school.test', 'ds'])).stdout;
    return / 13 2 [0-9a-f]{64}$/im.test(ds) && (await host.read('/run/knot/log')).includes('signing');
  });
  const [, tag = '', digest = ''] = /DS (\d+) 13 2 ([0-9a-f]{64})/i.exec(ds) ?? [];

  const resolve = async (where: Host, listen: string, anchor: string): Promise<void> => {
    const lines = [
      'port=53',
      'user=root',
      `listen-address=${listen}`,
      'bind-interfaces',
      'no-resolv',
      'no-hosts',
      'dnssec',
      // What is not signed is passed on without the flag, for there is no root here that would prove it so.
      'dnssec-check-unsigned=no',
      `trust-anchor=.,1,13,2,${'0'.repeat(64)}`,
      `trust-anchor=school.test,${tag},13,2,${anchor}`,
      `server=/school.test/${address}#${knotPort}`,
      `server=/plain.test/${address}#${knotPort}`,
    ];
    await where.write('/run/resolver.conf', `${lines.join('\n')}\n`);
    await where.sh('[ ! -e /run/resolver.pid ] || kill "$(cat /run/resolver.pid)"');
    await until('the port of DNS is free', async () => !(await where.listens(53)));
    await where.sh('dnsmasq --conf-file=/run/resolver.conf --pid-file=/run/resolver.pid </dev/null');
    await until('dnsmasq listens', () => where.listens(53));
  };
  await resolve(host, address, digest);
  return {
    host,
    address,
    resolveOn: (where, trust) =>
      resolve(
        where,
        '127.0.0.1',
        trust === 'the right anchor' ? digest : digest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      ),
    stop: () => host.stop(),
  };
}
