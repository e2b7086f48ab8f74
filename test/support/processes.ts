import { readFileSync } from 'node:fs';

/** A file's text, or nothing: processes and their files may go at any time. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Those that a process has started from its main thread. */
export function childrenOf(pid: number): number[] {
  return readIfThere(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** A process and all that it has started. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** The process of the windows. @param pid of `ldm` */
export function greeterOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  return familyOf(pid).find((one) => readIfThere(`/proc/${one}/cmdline`).includes('greeter.cjs'));
}
