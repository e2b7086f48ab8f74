import type { Host } from './host.js';

/** A zone of the server. */
export interface Zone {
  readonly domain: string;
  readonly isSigned?: true;
  /** Lines with names relative to the zone; without them there is no file of the zone, and its names get SERVFAIL. */
  readonly records?: readonly string[];
}

/** Starts Knot in /run/knot; its log is the file `log` there. */
export async function startKnot(host: Host, address: string, port: number, zones: readonly Zone[]): Promise<void> {
  const config = [
    'server:',
    '    rundir: "/run/knot"',
    '    user: root:root',
    `    listen: ${address}@${port}`,
    'database:',
    '    storage: "/run/knot"',
    'template:',
    '  - id: default',
    '    storage: "/run/knot"',
    '    file: "%s.zone"',
    'zone:',
    ...zones.flatMap(({ domain, isSigned }) => [
      `  - domain: ${domain}`,
      ...(isSigned ? ['    dnssec-signing: on'] : []),
    ]),
  ];
  await host.write('/run/knot/knot.conf', `${config.join('\n')}\n`);
  const start = ['@ 300 IN SOA ns admin 1 3600 600 86400 300', '@ 300 IN NS ns', `ns 300 IN A ${address}`];
  for (const { domain, records } of zones) {
    if (records === undefined) continue;
    const zone = [`$ORIGIN ${domain}.`, ...start, ...records];
    await host.write(`/run/knot/${domain}.zone`, `${zone.join('\n')}\n`);
  }
  await host.sh('/usr/sbin/knotd -c /run/knot/knot.conf </dev/null >/run/knot/log 2>&1 &');
}
