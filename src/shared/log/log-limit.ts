/** The number of events in a period that are logged individually. */
export interface LogLimit {
  readonly events: number;
  readonly withinMs: number;
}

/**
 * Keeps events that anyone on the network can cause from filling the log. In each period, events up to a limit are logged
 * individually, and the others are only counted.
 * @param now monotonic clock in ms
 * @param summarize logs the number of omitted events
 */
export class LogLimiter {
  readonly #limit: LogLimit;
  readonly #now: () => number;
  readonly #summarize: (count: number) => void;
  #periodStart = Number.NEGATIVE_INFINITY;
  #logged = 0;
  #omitted = 0;

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
    } else this.#omitted += 1;
  }

  /** Logs the number of events that were omitted so far. */
  flush(): void {
    if (this.#omitted > 0) this.#summarize(this.#omitted);
    this.#omitted = 0;
  }
}
