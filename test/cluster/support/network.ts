import { fileURLToPath } from 'node:url';
import { type Host, startHost } from './host.js';
import { type Running, run, until } from './run.js';

const slowCableScript = fileURLToPath(new URL('./slow-cable.py', import.meta.url));

/** One cable, from a host to the switch. */
export interface Link {
  readonly address: string;
  readonly address6: string;
  /** Pulls the cable: nobody answers for the address any more. */
  cut(): Promise<void>;
  /** Every packet is dropped; the address still seems to exist. */
  drop(): Promise<void>;
  /** Loses this share of what arrives at the host, in per cent (below 100). */
  lose(percent: number): Promise<void>;
  /** Every packet takes so many ms longer, each way. With `megabits`, no more than that pass in a second, each way. */
  slow(ms: number, megabits?: number): Promise<void>;
  /** As at first. */
  restore(): Promise<void>;
}

/** A switch, and hosts around it, on 10.77.0.0/24 and fd77::/64. */
export interface Network {
  /** Connects a host. `number` is the last part of its address; each is taken once. */
  connect(host: Host, number: number): Promise<Link>;
  stop(): Promise<void>;
}

export const networkPrefix = '10.77.0.';
/** No host has it, so senders get no answer. */
export const deadAddress = `${networkPrefix}250`;

const mac = (number: number): string => `02:00:00:4d:00:${number.toString(16).padStart(2, '0')}`;

export async function startNetwork(): Promise<Network> {
  const center = await startHost('switch');
  await center.sh('ip link add br0 type bridge && ip link set br0 up');
  const hosts = new Map<number, Host>();

  /** Every host sends to this address without asking who has it, or asks again. */
  const neighbor = async (number: number, known: 'pinned' | 'asked'): Promise<void> => {
    const address = `${networkPrefix}${number}`;
    const command =
      known === 'pinned'
        ? `ip neigh replace ${address} lladdr ${mac(number)} dev eth0 nud permanent`
        : `ip neigh del ${address} dev eth0 2>/dev/null || true`;
    const others = [...hosts].filter(([other]) => other !== number);
    await Promise.all(others.map(([, host]) => host.sh(command)));
  };

  return {
    async connect(host, number) {
      const port = `port${number}`;
      const address = `${networkPrefix}${number}`;
      const address6 = `fd77::${number}`;
      // Only the switch's network is entered: the kernel reads a number of processes as the caller counts them.
      await machine(
        ...['nsenter', '--target', String(center.pid), '--net', '--', 'ip', 'link', 'add', port, 'type', 'veth'],
        ...['peer', 'name', 'eth0', 'address', mac(number), 'netns', String(host.pid)],
      );
      await center.sh(`ip link set ${port} master br0 up`);
      await host.sh(
        [
          `ip addr add ${address}/24 dev eth0`,
          `ip addr add ${address6}/64 dev eth0 nodad`,
          'ip link set eth0 up',
          `ip neigh replace ${deadAddress} lladdr ${mac(250)} dev eth0 nud permanent`,
        ].join('\n'),
      );
      hosts.set(number, host);
      let slowCable: Running | undefined;
      return {
        address,
        address6,
        async cut() {
          await center.sh(`ip link set ${port} down`);
          await neighbor(number, 'asked');
        },
        async drop() {
          await neighbor(number, 'pinned');
          await center.sh(`ip link set ${port} nomaster`);
        },
        async lose(percent) {
          await host.sh(
            [
              'nft delete table ip loss 2>/dev/null || true',
              'nft add table ip loss',
              "nft 'add chain ip loss arriving { type filter hook input priority 0; }'",
              `nft add rule ip loss arriving iif eth0 numgen random mod 100 '<' ${Math.round(percent)} drop`,
            ].join('\n'),
          );
        },
        async slow(ms, megabits = 0) {
          const [near, far] = [`near${number}`, `far${number}`];
          await center.sh(
            `ip link add ${near} type veth peer name ${far}; ip link set ${near} up; ip link set ${far} master br0 up`,
          );
          await center.sh(`ip link set ${port} nomaster`);
          const script = [slowCableScript, port, near, String(ms), String(megabits)];
          const cable = center.start(['/usr/bin/python3', ...script], { timeoutMs: 3_600_000 });
          await until('the slow cable carries', () => cable.stdout().includes('ready'));
          slowCable = cable;
        },
        async restore() {
          slowCable?.signal('SIGKILL');
          if (slowCable !== undefined) await center.sh(`ip link del near${number}`);
          slowCable = undefined;
          await center.sh(`ip link set ${port} master br0 && ip link set ${port} up`);
          await host.sh('nft delete table ip loss 2>/dev/null || true');
          await neighbor(number, 'asked');
        },
      };
    },
    stop: () => center.stop(),
  };
}

async function machine(...command: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command);
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}
