import { inspect } from 'node:util';

/**
 * A password on its way from the keyboard to the server. It does not print: not in a log, not in JSON, not in the
 * inspector. Wiped bytes are gone; the short-lived strings made by {@link reveal} are beyond the language's reach.
 */
export class Secret {
  #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8');
  }

  /** The text itself, for the one call that sends it. Empty once wiped. */
  reveal(): string {
    return this.#bytes.toString('utf8');
  }

  equals(other: Secret): boolean {
    return this.#bytes.equals(other.#bytes);
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#bytes = Buffer.alloc(0);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
