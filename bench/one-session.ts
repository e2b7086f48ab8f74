import { ada, Cluster } from '../test/cluster/support/cluster.js';
import type { SignInMethod } from '../test/cluster/support/sshd.js';
import { ownOrder } from '../test/support/statuses.js';
import { startWorker } from './client-worker.js';
import { measureInTurn, median, type Side } from './measure.js';
import type { Row } from './report.js';

/** Delay of a packet in each direction, ms. */
const wayMs = 50;
const names = ['s1', 's2'];
const [chosen = ''] = ownOrder(ada.name, names);

/** The cost of LDM_LIMIT_ONE_SESSION without another session, over a network with a delay. */
export async function oneSessionRows(runs: number): Promise<Row[]> {
  return [
    await added('password, as on Debian', ['password'], runs),
    await added('keyboard-interactive', ['keyboard-interactive'], runs),
  ];
}

async function added(how: string, signIn: readonly SignInMethod[], runs: number): Promise<Row> {
  const cluster = await Cluster.start({ servers: names.map((name) => ({ name, signIn })) });
  try {
    const worker = startWorker(cluster.client, { HOME: '/run' });
    for (const name of names) {
      // Removes the module that records passwords for tests.
      await cluster.server(name).host.sh('sed -i 1d /etc/pam.d/sshd');
      await cluster.server(name).slow(wayMs);
    }
    const login = async (servers: readonly string[]): Promise<number> => {
      const { ms, text } = await worker.measure({
        do: 'log-in',
        user: ada.name,
        password: ada.password,
        command: 'echo running',
        servers: 'asked-before',
        env: {
          ...cluster.environment,
          LDM_SERVER: servers.join(' '),
          LDM_BALANCE: 'affinity',
          LDM_LIMIT_ONE_SESSION: 'y',
          // So that the rating does not select the other server.
          LDM_AFFINITY_POINTS: '5',
        },
      });
      if (text !== chosen) throw new Error(`on ${text}`);
      return ms;
    };
    const [both, one] = await measureInTurn(
      runs,
      new Map([
        ['ldm', () => login(names)],
        ['one', () => login([chosen])],
      ]),
    );
    worker.stop();
    const side = (name: string, values: readonly number[] = []): Side => ({ name, values });
    const extra = median(both?.values ?? []) - median(one?.values ?? []);
    return {
      what: `What the look at the user's other own server adds to a login, ${2 * wayMs} ms away and back, ${how}`,
      unit: 'ms',
      ours: side('ldm', [extra]),
      note: `the login itself: ${median(one?.values ?? []).toFixed(0)} ms`,
    };
  } finally {
    await cluster.stop();
  }
}
