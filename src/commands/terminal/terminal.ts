import { closeSync, openSync } from 'node:fs';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream, WriteStream } from 'node:tty';
import { SessionError } from '../../session/session-error.js';
import type { Prompt } from '../../session/sign-in/prompt-answers.js';
import { cleanText } from '../../shared/plain-text.js';
import type { Secret } from '../../shared/secret.js';
import { TypedLine } from './line-editor.js';

/** The controlling terminal, for questions while a command uses the standard streams. */
export interface Terminal {
  /**
   * @param withdrawn withdraws the question
   * @throws {SessionError} `cancelled` on Ctrl+C, at the end of input, or when the question is withdrawn
   */
  ask(prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
  close(): void;
}

/** @returns undefined for a process without a terminal */
export function openTerminal(): Terminal | undefined {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
  const output = new WriteStream(fd);
  // One reader for all questions: two would steal each other's keystrokes.
  const keyboard = new Keyboard(fd);
  return {
    ask: (prompt, withdrawn) => readLine({ keyboard, output, prompt, withdrawn }),
    close() {
      keyboard.close();
      output.destroy();
      // The streams may have closed it already.
      try {
        closeSync(fd);
      } catch {}
    },
  };
}

/**
 * The typed bytes, in one buffer that is wiped after each read. A stream would copy them into buffers that nobody
 * wipes.
 */
class Keyboard {
  readonly #input: ReadStream;
  readonly #buffer = Buffer.alloc(4_096);
  /** Bytes that were read after the end of a line. */
  #ahead = Buffer.alloc(0);
  /** @returns the number of bytes that belong to the question; undefined while there is none */
  #take: ((typed: Uint8Array) => number) | undefined;

  constructor(fd: number) {
    const onread = {
      buffer: this.#buffer,
      callback: (count: number): boolean => {
        this.#give(this.#buffer.subarray(0, count));
        this.#buffer.fill(0, 0, count);
        return this.#take !== undefined;
      },
    };
    // Node passes this option to the socket, but the types do not have it.
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread };
    this.#input = new ReadStream(fd, options);
    this.#input.pause();
    // The terminal may go while no question is open.
    this.#input.on('error', () => {});
  }

  /** @param ended called when the terminal is gone */
  read(take: (typed: Uint8Array) => number, ended: () => void): void {
    // The terminal must stop echoing before the prompt appears.
    this.#input.setRawMode(true);
    this.#take = take;
    this.#input.on('end', ended).on('error', ended);
  }

  resume(): void {
    const ahead = this.#ahead;
    this.#ahead = Buffer.alloc(0);
    this.#give(ahead);
    ahead.fill(0);
    if (this.#take !== undefined) this.#input.resume();
  }

  stop(ended: () => void): void {
    this.#take = undefined;
    this.#input.pause();
    this.#input.off('end', ended).off('error', ended);
    this.#input.setRawMode(false);
  }

  close(): void {
    this.#ahead.fill(0);
    this.#input.destroy();
  }

  #give(typed: Uint8Array): void {
    const used = this.#take?.(typed) ?? 0;
    if (used === typed.length) return;
    const before = this.#ahead;
    this.#ahead = Buffer.concat([before, typed.subarray(used)]);
    before.fill(0);
  }
}

interface Reading {
  readonly keyboard: Keyboard;
  readonly output: WriteStream;
  readonly prompt: Prompt;
  readonly withdrawn: AbortSignal;
}

function readLine({ keyboard, output, prompt, withdrawn }: Reading): Promise<Secret> {
  return new Promise<Secret>((resolve, reject) => {
    const line = new TypedLine(prompt.echo);
    const finish = (settle: () => void): void => {
      withdrawn.removeEventListener('abort', giveUp);
      keyboard.stop(giveUp);
      output.write('\n');
      settle();
      line.wipe();
    };
    const giveUp = (): void => finish(() => reject(new SessionError('cancelled', 'at the terminal')));
    const take = (typed: Uint8Array): number => {
      const { echo, end, used } = line.take(typed);
      if (echo.length > 0) output.write(echo);
      if (end === 'entered') finish(() => resolve(line.secret()));
      else if (end === 'given up') giveUp();
      return used;
    };
    keyboard.read(take, giveUp);
    output.write(`${cleanText(prompt.text)} `);
    withdrawn.addEventListener('abort', giveUp);
    if (withdrawn.aborted) giveUp();
    else keyboard.resume();
  });
}
