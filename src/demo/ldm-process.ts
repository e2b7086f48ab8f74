import { type ChildProcess, spawn } from 'node:child_process';
import type { Cluster } from './cluster/cluster.js';
import { endProcess, hasEnded } from './end-process.js';

/** The real `ldm greeter`, in front of the demo's cluster. */
export interface LdmProcess {
  /** Its exit code; 1 where a signal ended it. Rejects where it cannot be started. */
  readonly ended: Promise<number>;
  /** The last of what it and the greeter's process wrote on standard error. */
  log(): string;
  end(): Promise<void>;
}

export interface LdmProcessOptions {
  /** The program `ldm`. */
  readonly program: string;
  readonly cluster: Cluster;
  /** Over this process's own environment and the cluster's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what it writes on standard error, as it comes. */
  readonly onLog: (text: string) => void;
}

/** Characters of the log that are kept. */
const maxLogLength = 20_000;

export function startLdm({ program, cluster, environment, onLog }: LdmProcessOptions): LdmProcess {
  const child = spawn(program, ['--config', cluster.configFile, 'greeter'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...cluster.environment,
      // Restart and Shut Down end the demo instead of the machine it runs on.
      LDM_RESTART_COMMAND: endTheDemo,
      LDM_SHUTDOWN_COMMAND: endTheDemo,
      // This machine's own hooks have no business in it.
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

/** A program and its arguments without white space in any of them. */
const endTheDemo = `node -e process.kill(${process.pid},'SIGUSR2')`;

function endOf(child: ChildProcess): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    // Behind everything that it wrote.
    child.once('close', (code) => resolve(code ?? 1));
  });
  // Whoever awaits it comes later.
  ended.catch(() => {});
  return ended;
}
