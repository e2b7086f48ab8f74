import { existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../test/cluster/support/host.js';

/**
 * Control groups that make a host a small server with limited processor time, memory and disk. Version 1, since it also
 * limits direct reads of the disk, together with the unified hierarchy, which counts the waits.
 */
const root = '/sys/fs/cgroup';
const controllers = ['cpu', 'memory', 'blkio', 'unified'] as const;

export interface Limits {
  readonly cores: number;
  readonly megabytes: number;
  readonly diskMegabytesPerSecond: number;
  /** A directory on the disk that is limited. */
  readonly folder: string;
}

/** A message about missing control groups; undefined if none is missing. */
export function missingForLimits(): string | undefined {
  const missing = controllers.filter((controller) => !existsSync(join(root, controller, 'cgroup.procs')));
  return missing.length > 0 ? `needs the control groups ${missing.join(', ')} below ${root}` : undefined;
}

export class LimitedServer {
  readonly #name = `ldm-bench-${process.pid}`;

  constructor(
    readonly host: Host,
    { cores, megabytes, diskMegabytesPerSecond, folder }: Limits,
  ) {
    for (const controller of controllers) mkdirSync(this.#path(controller));
    const device = statSync(folder).dev;
    // makedev(3)
    const numbers = `${(device >> 8) & 0xfff}:${(device & 0xff) | ((device >> 12) & 0xfff00)}`;
    const bytes = diskMegabytesPerSecond * 2 ** 20;
    writeFileSync(join(this.#path('cpu'), 'cpu.cfs_quota_us'), String(cores * 100_000));
    writeFileSync(join(this.#path('memory'), 'memory.limit_in_bytes'), `${megabytes}M`);
    for (const way of ['read', 'write']) {
      writeFileSync(join(this.#path('blkio'), `blkio.throttle.${way}_bps_device`), `${numbers} ${bytes}`);
    }
  }

  /** Limits all processes of the host, and those that they will start. */
  async takeIn(): Promise<void> {
    const takeIn = `number=\${process#/proc/}; ${this.#join('$number')}`;
    await this.host.sh(`for process in /proc/[0-9]*; do ${takeIn}; done 2>/dev/null || true`);
  }

  /** Runs shell text within the limits. @returns a function that ends it and everything it started */
  start(script: string): () => Promise<void> {
    const running = this.host.start(['sh', '-c', `${this.#join('$$')}; ${script}`], { timeoutMs: 3_600_000 });
    return async () => {
      running.signal('SIGKILL');
      await running.done;
    };
  }

  /** Call it when the host has ended. */
  async remove(): Promise<void> {
    for (const controller of controllers) {
      for (let tries = 0; ; tries++) {
        try {
          rmdirSync(this.#path(controller));
          break;
        } catch (error) {
          // The last process may still be ending.
          if (tries >= 50) throw error;
          await sleep(100);
        }
      }
    }
  }

  #path(controller: string): string {
    return join(root, controller, this.#name);
  }

  /** Shell text that puts a process into the groups. @param number its id, as the shell of the host knows it */
  #join(number: string): string {
    return controllers.map((controller) => `echo ${number} >${this.#path(controller)}/cgroup.procs`).join('; ');
  }
}
