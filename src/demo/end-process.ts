import type { ChildProcess } from 'node:child_process';
import { signalGroup } from '../shared/programs/process-group.js';

/** ms between SIGTERM and SIGKILL. */
const patienceMs = 2_000;

/** @param child leads a process group of its own (spawn with `detached`) */
function signalGroupOf(child: ChildProcess, signal: NodeJS.Signals): void {
  if (!hasEnded(child)) signalGroup(child.pid, signal);
}

/** Ends a process and its group. Resolves when the process has ended. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signalGroupOf(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroupOf(child, 'SIGKILL'), patienceMs);
  await ended;
  clearTimeout(timer);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
