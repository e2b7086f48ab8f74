import { existsSync, readFileSync } from 'node:fs';

/** A killed orphan stays visible until it is collected, so a zombie counts as ended. */
export function isRunning(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
