import { inspect } from 'node:util';

/**
 * A password between the keyboard and the server, as bytes that are wiped after use. A string would stay in memory until
 * V8 collects it. A secret does not appear in a log, in JSON or in the inspector.
 */
export class Secret {
  #bytes: Buffer;

  /** @param content bytes are copied; the caller wipes its own */
  constructor(content: string | Uint8Array) {
    this.#bytes = Buffer.from(content);
  }

  /** The number of bytes in UTF-8; 0 after wiping. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The text, for answers that are not passwords. A string cannot be wiped. Empty after wiping. */
  reveal(): string {
    return this.#bytes.toString('utf8');
  }

  /** Writes the bytes into a message. The caller wipes the message. */
  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at);
  }

  /** Whether the target has these bytes at this place. */
  isAt(target: Buffer, at: number): boolean {
    return this.#bytes.equals(target.subarray(at, at + this.length));
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
