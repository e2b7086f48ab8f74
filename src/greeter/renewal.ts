import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Log } from '../shared/log/log.js';

const lookEveryMs = 5_000;
/** An upgrade replaces many files, one after the other. */
const settledAfterMs = 30_000;
/** A login screen is unused when nobody has touched it for this long. */
const unusedAfterMs = 60_000;

export interface RenewalEvents {
  /** Nobody is logging in, or logged in. */
  isIdle(): boolean;
  /** ms since somebody used keyboard or mouse; undefined where that is unknown. */
  idleMs(): Promise<number | undefined>;
  renew(): void;
}

/**
 * Ends an unused login screen when an upgrade has replaced its programs, so that the next one runs the new ones. A login
 * screen in use stays: it has loaded what it needs.
 */
export class RenewalWatch {
  readonly #timer: NodeJS.Timeout | undefined;
  #usedAt = performance.now();
  #told = false;
  #stopped = false;

  /** @param replaced undefined where this process would not be started again */
  constructor(replaced: (() => string | undefined) | undefined, log: Log, events: RenewalEvents) {
    if (replaced === undefined) return;
    const look = async (): Promise<void> => {
      const program = replaced();
      if (program === undefined) return;
      if (!this.#told)
        log.info('restart-due', { program, when: 'the login screen is unused, or the session has ended' });
      this.#told = true;
      if (!events.isIdle() || this.#unusedMs() < unusedAfterMs) return;
      if (((await events.idleMs()) ?? Number.POSITIVE_INFINITY) < unusedAfterMs) return;
      // A user may have come meanwhile.
      if (this.#stopped || !events.isIdle() || this.#unusedMs() < unusedAfterMs) return;
      log.info('restarting', { program });
      this.stop();
      events.renew();
    };
    this.#timer = setInterval(() => void look(), lookEveryMs);
    this.#timer.unref();
  }

  #unusedMs(): number {
    return performance.now() - this.#usedAt;
  }

  /** To be called when a user did something in the windows. */
  used(): void {
    this.#usedAt = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }
}

/** Our own bundles, and the program and libraries of Node that this process has loaded. */
export function ownPrograms(): readonly string[] {
  const bundles = ['./ldm.cjs', './greeter.cjs'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return [...bundles, ...mappedFiles(readMaps())];
}

function readMaps(): string {
  try {
    return readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return '';
  }
}

/** proc_pid_maps(5): the sixth field is the file, if there is one. */
export function mappedFiles(maps: string): readonly string[] {
  const files = maps.split('\n').map((line) => /^(?:\S+ +){5}(\/(?:usr|lib)\S*\/\S+)$/.exec(line)?.[1]);
  return [...new Set(files.filter((file) => file !== undefined))];
}

/**
 * Notices when a file is replaced.
 * @returns a function that gives the first replaced file, once all files exist and have not changed for a while
 */
export function replacedProgram(files: readonly string[], now: () => number = Date.now): () => string | undefined {
  const before = files.map(stampOf);
  return () => {
    const stamps = files.map(stampOf);
    if (stamps.some((stamp, index) => stamp === undefined && before[index] !== undefined)) return undefined;
    const changed = files.filter((_, index) => stamps[index]?.inode !== before[index]?.inode);
    const latest = Math.max(...stamps.map((stamp) => stamp?.changedAt ?? 0));
    return now() - latest >= settledAfterMs ? changed[0] : undefined;
  };
}

interface Stamp {
  readonly inode: number;
  /** ms since 1970. dpkg sets the modification time to that of the package; it cannot set this one. */
  readonly changedAt: number;
}

function stampOf(file: string): Stamp | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && { inode: stat.ino, changedAt: stat.ctimeMs };
}
