import { Secret } from '../../shared/secret.js';

/** The effect of typed bytes on a line. */
export interface Edit {
  /** What the terminal shows; empty for hidden input. */
  readonly echo: Buffer;
  readonly end: 'entered' | 'given up' | undefined;
  /** The number of bytes that belong to this line. The next line begins after them. */
  readonly used: number;
}

/** In bytes, as for a password file. More input is ignored. */
const maxLineBytes = 64 * 1024;

const interrupt = 0x03;
const endOfInput = 0x04;
const backspace = 0x08;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const eraseLine = 0x15;
const escapeKey = 0x1b;
const rubOut = 0x7f;

/** Erases one character on the screen. */
const stepBack = Buffer.from('\b \b');

/**
 * A line that is typed on a terminal in raw mode, with Backspace, Ctrl+U, Ctrl+C and Ctrl+D. It consists of bytes, so that a
 * password can be wiped; a string could not.
 */
export class TypedLine {
  readonly #bytes = Buffer.alloc(maxLineBytes);
  #length = 0;
  readonly #isSeen: boolean;

  /** @param isSeen false for a password: an echo would be a copy that is never wiped */
  constructor(isSeen: boolean) {
    this.#isSeen = isSeen;
  }

  /** Processes the next bytes. The caller wipes them. */
  take(typed: Uint8Array): Edit {
    const echo: Uint8Array[] = [];
    const show = (bytes: Uint8Array): void => {
      if (this.#isSeen) echo.push(bytes);
    };
    const done = (end: Edit['end'], used: number): Edit => ({ echo: Buffer.concat(echo), end, used });
    for (let at = 0; at < typed.length; ) {
      const byte = typed[at] ?? 0;
      if (byte === carriageReturn) return done('entered', at + (typed[at + 1] === lineFeed ? 2 : 1));
      if (byte === lineFeed) return done('entered', at + 1);
      if (byte === interrupt || (byte === endOfInput && this.#length === 0)) return done('given up', typed.length);
      if (byte === escapeKey) {
        at += escapeSequenceLength(typed.subarray(at));
        continue;
      }
      at += 1;
      if (byte === rubOut || byte === backspace) {
        if (this.#eraseCharacter()) show(stepBack);
      } else if (byte === eraseLine) {
        while (this.#eraseCharacter()) show(stepBack);
      } else if (byte >= 0x20 && this.#add(byte)) {
        show(typed.subarray(at - 1, at));
      }
    }
    return done(undefined, typed.length);
  }

  /** A copy of the line; wipe the line as well. */
  secret(): Secret {
    return new Secret(this.#bytes.subarray(0, this.#length));
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** @returns whether the byte is shown */
  #add(byte: number): boolean {
    // U+0080 to U+009F are control characters as well: C2 80 to C2 9F.
    if (byte >= 0x80 && byte < 0xa0 && this.#bytes[this.#length - 1] === 0xc2) {
      this.#shorten(1);
      return false;
    }
    if (this.#length === maxLineBytes) return false;
    this.#bytes[this.#length] = byte;
    this.#length += 1;
    return true;
  }

  /** Erases a whole UTF-8 character. @returns whether there was one */
  #eraseCharacter(): boolean {
    if (this.#length === 0) return false;
    let count = 1;
    while (count < 4 && count < this.#length && isContinuation(this.#bytes[this.#length - count])) count += 1;
    this.#shorten(count);
    return true;
  }

  #shorten(count: number): void {
    this.#bytes.fill(0, this.#length - count, this.#length);
    this.#length -= count;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The length of a cursor key or another escape sequence (ECMA-48), which is ignored. @param typed begins with Escape */
function escapeSequenceLength(typed: Uint8Array): number {
  const [, kind] = typed;
  if (kind === undefined || kind === lineFeed || kind === carriageReturn) return 1;
  const end = (at: number): number => at + characterLength(typed[at]);
  if (kind === 0x4f /* O */ && isKey(typed[2])) return end(2);
  if (kind !== 0x5b /* [ */) return end(1);
  let at = 2;
  // Digits, semicolons and question marks.
  while (/[0-9;?]/.test(String.fromCharCode(typed[at] ?? 0))) at += 1;
  const last = typed[at] ?? 0;
  return last >= 0x40 && last <= 0x7e ? at + 1 : 2;
}

function isKey(byte: number | undefined): boolean {
  return byte !== undefined && byte !== lineFeed && byte !== carriageReturn;
}

/** The number of bytes of a UTF-8 character, by its first byte. */
function characterLength(first = 0): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}
