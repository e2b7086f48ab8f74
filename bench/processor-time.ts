import { readdirSync, readFileSync } from 'node:fs';
import type { Host } from '../test/cluster/support/host.js';

/** Measures the use of the processors of this machine, second by second. */
export class ProcessorTime {
  readonly shares: number[] = [];
  #last = ticks();
  readonly #timer = setInterval(() => this.#look(), 1_000);

  /** The mean since the start, 0-1. */
  get mean(): number {
    return this.shares.reduce((sum, share) => sum + share, 0) / Math.max(1, this.shares.length);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = ticks();
    this.shares.push((now.busy - this.#last.busy) / Math.max(1, now.all - this.#last.all));
    this.#last = now;
  }
}

/** proc(5): user, nice, system, idle, iowait, irq, softirq, steal */
function ticks(): { readonly busy: number; readonly all: number } {
  const line = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const numbers = line.split(' ').slice(0, 8).map(Number);
  const all = numbers.reduce((sum, one) => sum + one, 0);
  return { all, busy: all - (numbers[3] ?? 0) - (numbers[4] ?? 0) };
}

/** Processor time of all processes whose command line contains this word, ms. */
export function usedBy(word: string): number {
  const timeOf = (pid: string): number => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)) return 0;
      return timeIn(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return 0;
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.reduce((sum, pid) => sum + timeOf(pid), 0);
}

/** Processor time of the processes of a host whose command line begins so, ms. */
export async function timeUsedBy(host: Host, start: string): Promise<number> {
  const found = [...(await host.processes())].filter(([, command]) => command.startsWith(start));
  const stats = await Promise.all(found.map(([pid]) => host.read(`/proc/${pid}/stat`)));
  return stats.reduce((sum, stat) => sum + timeIn(stat), 0);
}

/** Processor time that a process of this host has used, ms. */
export function timeOfProcess(pid: number): number {
  return timeIn(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** proc(5): after the name in parentheses, utime and stime are the 12th and 13th fields; sysconf(_SC_CLK_TCK) is 100. */
function timeIn(stat: string): number {
  const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
  return 10 * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
}
