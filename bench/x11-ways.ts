import { ada, Cluster } from '../test/cluster/support/cluster.js';
import type { Running } from '../test/cluster/support/run.js';
import { bareSession } from './bare-programs.js';
import { timeUsedBy } from './processor-time.js';

const askpass = '/run/askpass';

/** A line between client and server that is slower than this machine. */
export interface Line {
  /** Delay of each packet in each direction. */
  readonly delayMs: number;
  readonly megabits?: number;
}

/** One of the ways to run X clients on the server. */
export interface Way {
  readonly name: string;
  /** Starts a command on the server, with X11 forwarded. */
  start(command: string): Running;
  /** Processor time that the client's process has used so far, ms. */
  used(): Promise<number>;
}

/**
 * Starts a client, a server and a line between them, and measures X11 forwarding through ldm, through `ssh -Y`, and through ssh2
 * alone.
 */
export async function withWays<T>(
  line: Line | undefined,
  measure: (ldm: Way, ssh: Way, bare: Way) => Promise<T>,
): Promise<T> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  const { client } = cluster;
  try {
    await cluster.startX();
    // ssh2 alone knows no cookie.
    await client.sh(
      `DISPLAY=${cluster.environment.DISPLAY} XAUTHORITY=${cluster.environment.XAUTHORITY} xhost +local:`,
    );
    await client.write(askpass, `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
    if (line) await cluster.server('s1').link.slow(line.delayMs, line.megabits);
    const env = { ...cluster.environment, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    const timeoutMs = 300_000;
    return await measure(
      {
        name: 'ldm',
        start: (command) => cluster.startLogin(ada, [command], { args: ['--server', 's1'], timeoutMs }),
        used: () => timeUsedBy(client, 'ssh: '),
      },
      {
        name: '`ssh -Y`',
        start: (command) => client.start(['ssh', '-Y', `${ada.name}@s1`, command], { env, timeoutMs }),
        used: () => timeUsedBy(client, 'ssh '),
      },
      {
        name: 'Node with ssh2 and nothing of ldm',
        start: (command) =>
          client.start(bareSession(cluster.server('s1').address, ada.name, command), {
            env,
            timeoutMs,
            input: ada.password,
          }),
        used: () => timeUsedBy(client, 'node '),
      },
    );
  } finally {
    await cluster.stop();
  }
}
