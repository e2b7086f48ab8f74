import { type Account, addAccounts, hashAccounts, homeOf } from '../test/cluster/support/accounts.js';
import { type AppServer, infoPort } from '../test/cluster/support/app-server.js';
import { Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';
import { giveOwnProcessors } from '../test/cluster/support/own-processors.js';
import { until } from '../test/cluster/support/run.js';

/** Servers with the sshd settings and PAM of Debian, accounts for these people, and ldminfod. */
export async function startServers(count: number, capacity: number, people: readonly Account[]): Promise<Cluster> {
  const cluster = await Cluster.start({
    servers: Array.from({ length: count }, (_, number) => ({
      name: `s${number + 1}`,
      info: 'refused' as const,
      // As Debian's sshd_config has it.
      signIn: ['password' as const],
      config: ['LogLevel INFO'],
    })),
  });
  const hashed = await hashAccounts(people);
  const homes = hashed.map((one) => `${homeOf(one)} ${one.uid}\n`).join('');
  for (const { host } of cluster.servers) {
    await addAccounts(host, hashed);
    await host.sh(`perl -ane 'mkdir $F[0], 0700; chown $F[1], $F[1], $F[0]'`, { input: homes });
    // Removes the module that records passwords for tests.
    await host.sh('sed -i 1d /etc/pam.d/sshd');
    await giveOwnProcessors(host);
    host.start([`${checkout}/bin/ldminfod`, '--capacity', String(capacity)], { timeoutMs: 3_600_000 });
    await until(`ldminfod of ${host.name}`, () => host.listens(infoPort));
  }
  return cluster;
}

/** Lost packets; a disconnected cable, so that nothing answers for the address; killed services. */
const deaths = ['silent', 'cut', 'killed'] as const;
export type Death = (typeof deaths)[number];

export function deathOf(number: number): Death {
  return deaths[number % deaths.length] ?? 'silent';
}

/** @returns a function that makes the server die, with as little work as possible at that moment */
export async function readyToDie(server: AppServer, death: Death, cluster: Cluster): Promise<() => Promise<void>> {
  const { host, address } = server;
  if (death === 'silent') {
    // /sys is that of the machine.
    const mac = /link\/ether (\S+)/.exec(await host.sh('ip link show eth0'))?.[1] ?? '';
    await cluster.client.sh(`ip neigh replace ${address} lladdr ${mac} dev eth0 nud permanent`);
  }
  const command = death === 'killed' ? ['kill', '-KILL', '-1'] : ['ip', 'link', 'set', 'eth0', 'down'];
  return async () => {
    await host.run(command);
  };
}
