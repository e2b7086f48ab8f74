import type { Readable } from 'node:stream';

/** How much of an output stream is kept, so that no program can fill the memory. */
export interface Capture {
  readonly maxBytes: number;
  /** Which part: the beginning, the end, or all of it; more than `maxBytes` is an error then, and nothing is kept. */
  readonly part: 'first' | 'last' | 'all';
}

/** The output of a program within a bound. */
export class CapturedOutput {
  readonly #capture: Capture;
  #bytes = Buffer.alloc(0);

  /** @param capture undefined keeps nothing */
  constructor(capture: Capture = { maxBytes: 0, part: 'first' }) {
    this.#capture = capture;
  }

  /** @param onOverflow called when `all` is more than may be kept */
  listenTo(stream: Readable | null | undefined, onOverflow: (maxBytes: number) => void): void {
    stream?.on('data', (chunk: Buffer) => this.#add(chunk, onOverflow)).on('error', () => {});
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }

  #add(chunk: Buffer, onOverflow: (maxBytes: number) => void): void {
    const { maxBytes, part } = this.#capture;
    const whole = Buffer.concat([this.#bytes, chunk]);
    if (part === 'first') this.#bytes = whole.subarray(0, maxBytes);
    else if (part === 'last') this.#bytes = whole.subarray(-maxBytes);
    else if (whole.length <= maxBytes) this.#bytes = whole;
    else {
      this.#bytes = Buffer.alloc(0);
      onOverflow(maxBytes);
    }
  }
}
