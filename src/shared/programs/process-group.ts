/**
 * Sends a signal to a process and everything it started. The process must lead its own group (`detached: true`).
 * @param pid undefined for a process that could not be started
 */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}
