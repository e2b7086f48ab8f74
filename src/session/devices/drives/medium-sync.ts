import { runProgram } from '../../../shared/programs/run-program.js';

/** ms from a change to the run that covers it; many small files share one. */
const restMs = 200;

interface Waiting {
  readonly change: number;
  readonly isUrgent: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Brings what was written to the medium, soon after each change, so that the medium can be pulled out after a copy. Each
 * run covers every change before it.
 */
export class MediumSync {
  readonly #sync: () => Promise<void>;
  #changes = 0;
  #synced = 0;
  #bytes = 0;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];

  /** @param sync writes everything to the medium; rejects where that fails */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Whether everything is on the medium. */
  get isDone(): boolean {
    return this.#synced >= this.#changes;
  }

  /** So many bytes were written and are not known to be on the medium. */
  get bytes(): number {
    return this.#bytes;
  }

  changed(bytes = 0): void {
    this.#changes += 1;
    this.#bytes += bytes;
    this.#schedule(restMs);
  }

  /** Resolves when every change so far is on the medium; rejects where that fails. @param isUrgent begins at once */
  done(isUrgent: boolean): Promise<void> {
    if (this.isDone) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change: this.#changes, isUrgent, resolve, reject });
      if (isUrgent) void this.#run();
      else this.#schedule(restMs);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#run(), ms);
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.stop();
    this.#isRunning = true;
    const [changes, bytes] = [this.#changes, this.#bytes];
    const failed = await this.#sync().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    this.#isRunning = false;
    if (failed === undefined) {
      this.#synced = changes;
      this.#bytes -= bytes;
    }
    const isCovered = ({ change }: Waiting): boolean => change <= changes;
    const covered = this.#waiting.filter(isCovered);
    this.#waiting = this.#waiting.filter((one) => !isCovered(one));
    for (const { resolve, reject } of covered) {
      if (failed === undefined) resolve();
      else reject(failed.error);
    }
    // Where it failed, the next change tries again.
    if (this.#waiting.length > 0 || (failed === undefined && !this.isDone)) {
      this.#schedule(this.#waiting.some(({ isUrgent }) => isUrgent) ? 0 : restMs);
    }
  }
}

/** syncfs(2), by a program, because a medium can take long and Node has few threads. @param path on the medium */
export async function syncMedium(path: string): Promise<void> {
  const { problem, stderr } = await runProgram('sync', ['-f', '--', path], {
    children: 'bound',
    stderr: { maxBytes: 1_000, part: 'last' },
  });
  if (problem !== undefined) throw new Error(`sync: ${stderr.trim() || problem}`);
}
