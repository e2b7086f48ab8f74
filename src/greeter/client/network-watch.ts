import { spawn } from 'node:child_process';
import { coalesce } from '../../shared/coalesce.js';
import type { Log } from '../../shared/log/log.js';

/** ms: one cable or lease causes many messages, and DHCP sets address, route and host name one after the other. */
const messagesTogetherMs = 300;
/** ms from the end of a watch to the next, doubled each time up to the maximum. A watch that lasted resets it. */
const firstPauseMs = 1_000;
const maxPauseMs = 60_000;
/** Exit codes of a shell and of setpriv where a program does not exist or must not be run. */
const noProgram: readonly (number | null)[] = [126, 127];

/**
 * Calls back when addresses, interfaces or routes of this machine change, as the kernel reports them. Without iproute2
 * there are no reports, and the greeter looks at each login instead.
 * @param changed also called when a watch has begun, for changes before it
 * @returns ends the watch
 */
export function watchNetwork(changed: () => void, log: Log): () => void {
  const tell = coalesce(messagesTogetherMs, () => {
    if (!stopped) changed();
  });
  let stopped = false;
  let pause = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let kill = (): void => {};

  const start = (): void => {
    const began = performance.now();
    // The kernel ends it with this process, however this process ends.
    const args = ['--pdeathsig', 'KILL', 'ip', '-o', 'monitor', 'address', 'link', 'route'];
    const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    kill = () => void child.kill('SIGKILL');
    let over = false;
    const end = (isMissing: boolean, why: string): void => {
      if (over || stopped) return;
      over = true;
      log.warn('network-watch-failed', { why });
      if (isMissing) return;
      pause = performance.now() - began > maxPauseMs ? firstPauseMs : Math.min(pause * 2, maxPauseMs);
      timer = setTimeout(start, pause);
    };
    child.on('spawn', tell);
    child.stdout.on('data', tell);
    child.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ENOENT', error.message));
    child.on('exit', (code, signal) => end(noProgram.includes(code), signal ?? `exit code ${code}`));
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
    kill();
  };
}
