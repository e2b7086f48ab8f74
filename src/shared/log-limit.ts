/** How many events are logged one by one, and in which time. */
export interface LogLimit {
  readonly events: number;
  readonly withinMs: number;
}

/**
 * Keeps events that a stranger can cause at will from filling the log. Up to a limit in each period they are logged
 * one by one; of the others only the number is.
 * @param now monotonic clock in ms
 * @param summarize logs how many events were left out
 */
export class LogLimiter {
  readonly #limit: LogLimit;
  readonly #now: () => number;
  readonly #summarize: (count: number) => void;
  #periodStart = Number.NEGATIVE_INFINITY;
  #logged = 0;
  #leftOut = 0;

  constructor(limit: LogLimit, now: () => number, summarize: (count: number) => void) {
    this.#limit = limit;
    this.#now = now;
    this.#summarize = summarize;
  }

  /** Calls `log`, or counts the event. */
  log(log: () => void): void {
    if (this.#now() - this.#periodStart >= this.#limit.withinMs) {
      this.flush();
      this.#periodStart = this.#now();
      this.#logged = 0;
    }
    if (this.#logged < this.#limit.events) {
      this.#logged += 1;
      log();
    } else this.#leftOut += 1;
  }

  /** Logs what was left out so far. */
  flush(): void {
    if (this.#leftOut > 0) this.#summarize(this.#leftOut);
    this.#leftOut = 0;
  }
}
