import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';
import { bareSession } from './bare-programs.js';
import { startWorker } from './client-worker.js';
import { type Measure, measureInTurn } from './measure.js';
import type { Row } from './report.js';

const startNote = 'half of it is the start of Node';
const askpass = '/run/askpass';

/** From Enter to the first output of the command, on one real sshd: ldm and the client of OpenSSH. */
export async function loginRows(runs: number): Promise<Row[]> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  await cluster.client.write(askpass, `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
  const env = cluster.environment;
  const worker = startWorker(cluster.client, { HOME: '/run' });
  const command = 'echo running';
  const inProcess =
    (servers: 'asked-before' | 'to-be-asked'): Measure =>
    async () =>
      (await worker.measure({ do: 'log-in', user: ada.name, password: ada.password, command, servers, env })).ms;
  const run =
    (command: readonly string[], more: Readonly<Record<string, string>>, input: string): Measure =>
    async () =>
      (await worker.measure({ do: 'run', command, env: { ...env, ...more }, input })).ms;
  const sameExchange = 'sntrup761x25519-sha512@openssh.com';
  // The askpass program of ssh gives the password. The method is the same on both sides.
  const openssh = (...options: readonly string[]): Measure =>
    run(
      ['ssh', '-o', 'PreferredAuthentications=keyboard-interactive', ...options, `${ada.name}@s1`, command],
      { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
      '',
    );
  const ldm = run(
    [`${checkout}/bin/ldm`, 'login', '--user', ada.name, '--password-file', '-', '--no-x11', '--', command],
    {},
    `${ada.password}\n`,
  );
  try {
    const sides = await measureInTurn(
      runs,
      new Map([
        ['greeter', inProcess('asked-before')],
        ['greeter, asks first', inProcess('to-be-asked')],
        // Available in both on Debian 12 and 13.
        ['`ssh`, the same key exchange', openssh('-o', `KexAlgorithms=${sameExchange}`)],
        ['`ssh` as it comes', openssh()],
        ['ldm login', ldm],
        [
          'Node with ssh2 and nothing of ldm',
          run(bareSession(cluster.server('s1').address, ada.name, command), {}, ada.password),
        ],
      ]),
    );
    const [fresh, asking, same, opensshDefault, program, bare] = sides;
    if (!fresh || !asking || !same || !opensshDefault || !program || !bare) throw new Error('a side is missing');
    const wanted = { ratio: 'at most', limit: 1 } as const;
    const enter = 'Login in the greeter, from Enter to the first output of the command';
    return [
      { what: enter, unit: 'ms', ours: fresh, other: same, wanted },
      { what: enter, unit: 'ms', ours: fresh, other: opensshDefault, wanted },
      { what: 'The same, the servers being asked again first', unit: 'ms', ours: asking, other: same, wanted },
      {
        what: '`ldm login`, from its start to the first output',
        unit: 'ms',
        ours: program,
        other: same,
        note: startNote,
      },
      { what: '`ldm login`, from its start to the first output', unit: 'ms', ours: program, other: opensshDefault },
      { what: '`ldm login`, from its start to the first output', unit: 'ms', ours: program, other: bare },
    ];
  } finally {
    worker.stop();
    await cluster.stop();
  }
}
