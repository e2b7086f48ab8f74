import { join } from 'node:path';
import { listFolder, ownerOf, readText } from '../../shared/files/files.js';

/**
 * Logins in progress, as sshd reports them: since version 8.2, the title of its listening process ends in
 * `[listener] 3 of 10-100 startups`, the connections that are not logged in yet (sshd.c, server_accept_loop).
 */

/** @returns the startups in a process title; undefined for the title of anything else than sshd's listener on this port */
export function parseStartups(title: string, port: number): number | undefined {
  const startups = /^sshd: .*\[listener\] (\d{1,6}) of \d+-\d+ startups/.exec(title)?.[1];
  if (startups === undefined) return undefined;
  // Ports on its command line override its configuration. Without any, it may listen on this port.
  const ports = [...title.matchAll(/ (?:-p ?|-o ?Port[= ])(\d+)/gi)].map(([, digits]) => Number(digits));
  return ports.length === 0 || ports.includes(port) ? Number(startups) : undefined;
}

export interface StartupsOptions {
  readonly procRoot: string;
  readonly port: number;
  /** sshd's file with its process id. It is tried before all processes are searched. */
  readonly pidFile: string;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  /** The user that owns a path. */
  readonly owner?: (path: string) => number | undefined;
}

/**
 * Searching thousands of processes takes tens of ms. So without a listener, the next search waits for 50 times the
 * duration of the last one, at least a second.
 */
const searchCostShare = 50;
const searchEveryMs = 1_000;

/**
 * Gives the number of logins in progress, or null where no listener is visible (an older sshd, another server, /proc
 * mounted with hidepid). Only processes of root and of this process's user count, since anyone can set a process title.
 */
export function createStartupsReader({
  procRoot,
  port,
  pidFile,
  now,
  owner = ownerOf,
}: StartupsOptions): () => number | null {
  let known: readonly string[] = [];
  let nextSearch = Number.NEGATIVE_INFINITY;
  const startupsOf = (pid: string): number | undefined => {
    const user = owner(join(procRoot, pid));
    if (user !== 0 && user !== process.getuid?.()) return undefined;
    return parseStartups(readText(join(procRoot, pid, 'cmdline'), 4_096) ?? '', port);
  };
  const sum = (pids: readonly string[]): number | null => {
    let total = 0;
    for (const pid of pids) {
      const startups = startupsOf(pid);
      if (startups === undefined) return null;
      total += startups;
    }
    return pids.length === 0 ? null : total;
  };
  const search = (): readonly string[] => {
    const fromFile = readText(pidFile, 32)?.trim() ?? '';
    if (/^\d+$/.test(fromFile) && startupsOf(fromFile) !== undefined) return [fromFile];
    const began = now();
    if (began < nextSearch) return [];
    const found = listFolder(procRoot).filter((name) => /^\d+$/.test(name) && startupsOf(name) !== undefined);
    const ended = now();
    nextSearch = ended + Math.max(searchEveryMs, searchCostShare * (ended - began));
    return found;
  };
  return () => {
    const total = sum(known);
    if (total !== null) return total;
    known = search();
    return sum(known);
  };
}
