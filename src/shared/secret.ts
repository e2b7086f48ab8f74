import { inspect } from 'node:util';

/**
 * A password on its way from the keyboard to the server, as bytes that are wiped after use: a string stays in memory
 * for as long as it pleases V8. It does not print: not in a log, not in JSON, not in the inspector.
 */
export class Secret {
  #bytes: Buffer;

  /** @param content bytes are copied; whoever has them wipes them */
  constructor(content: string | Uint8Array) {
    this.#bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  }

  /** Its bytes in UTF-8; 0 once wiped. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The text itself, for what is no password in the end. It cannot be wiped. Empty once wiped. */
  reveal(): string {
    return this.#bytes.toString('utf8');
  }

  /** Writes its bytes into a message, which has to be wiped as well. */
  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at);
  }

  /** Whether its bytes stand at that place. */
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
