import { type ChildProcess, spawn } from 'node:child_process';
import type { Cluster } from './cluster/cluster.js';
import { endProcess, hasEnded } from './end-process.js';

/** The real `ldm greeter`, which uses the cluster of the demo. */
export interface LdmProcess {
  /** Its exit code; 1 if a signal ended it. Rejects if it cannot be started. */
  readonly ended: Promise<number>;
  /** The end of what it has written on standard error. */
  log(): string;
  end(): Promise<void>;
}

export interface LdmProcessOptions {
  /** The program `ldm`. */
  readonly program: string;
  readonly cluster: Cluster;
  /** Takes precedence over the environment of this process and of the cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes the output on standard error. */
  readonly onLog: (text: string) => void;
}

/** Number of characters of the log that are kept. */
const maxLogLength = 20_000;

export function startLdm({ program, cluster, environment, onLog }: LdmProcessOptions): LdmProcess {
  const [command = program, ...words] = [...cluster.before, program, '--config', cluster.configFile, 'greeter'];
  const child = spawn(command, words, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...cluster.environment,
      // Restart and Shut Down end the demo, not this machine.
      LDM_RESTART_COMMAND: endTheDemo,
      LDM_SHUTDOWN_COMMAND: endTheDemo,
      // The hooks of this machine must not run.
      LDM_HOOK_DIRS: '/var/empty',
      GDK_BACKEND: 'x11',
      ...environment,
    },
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-maxLogLength);
    onLog(chunk);
  });
  return { ended: endOf(child), log: () => text, end: () => (hasEnded(child) ? Promise.resolve() : endProcess(child)) };
}

/** A command whose arguments contain no white space. */
const endTheDemo = `node -e process.kill(${process.pid},'SIGUSR2')`;

function endOf(child: ChildProcess): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    // 'close' comes after all output.
    child.once('close', (code) => resolve(code ?? 1));
  });
  // Prevents an unhandled rejection, since the promise is awaited later.
  ended.catch(() => {});
  return ended;
}
