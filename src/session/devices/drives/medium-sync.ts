import { runProgram } from '../../../shared/programs/run-program.js';

/** ms after a change, unless somebody waits for it. */
const restMs = 300;

/**
 * Brings what was written to the medium, soon after each change, so that the medium can be pulled out after a copy. Each
 * run covers every change before it.
 */
export class MediumSync {
  readonly #sync: () => Promise<void>;
  #changes = 0;
  #synced = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

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
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // Who needs to know of a failure waits for it; the changes stay undone.
      this.done().catch(() => {});
    }, restMs);
  }

  /** Resolves when every change so far is on the medium; rejects where that fails. */
  async done(): Promise<void> {
    const wanted = this.#changes;
    while (this.#synced < wanted) {
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const [changes, bytes] = [this.#changes, this.#bytes];
    await this.#sync();
    this.#synced = changes;
    this.#bytes -= bytes;
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
