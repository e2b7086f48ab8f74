/** Ticks each second while a countdown runs. */
export class CountdownTimer {
  readonly #second: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(second: () => void) {
    this.#second = second;
  }

  /** @param countdown seconds that are left; null where there is no countdown. At 0 it ticks at once. */
  start(countdown: number | null): void {
    if (countdown === null || this.#timer !== undefined) return;
    this.#timer = setInterval(this.#second, 1_000);
    if (countdown === 0) this.#second();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
