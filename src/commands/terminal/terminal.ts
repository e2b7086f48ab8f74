import { closeSync, openSync } from 'node:fs';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream, WriteStream } from 'node:tty';
import { SessionError } from '../../session/session-error.js';
import type { Prompt } from '../../session/sign-in/prompt-answers.js';
import { cleanText } from '../../shared/plain-text.js';
import type { Secret } from '../../shared/secret.js';
import { TypedLine } from './line-editor.js';

/** The controlling terminal, for questions while the standard streams belong to a command. */
export interface Terminal {
  /**
   * @param withdrawn withdraws the question
   * @throws {SessionError} `cancelled` on Ctrl+C or the end of input, or when the question was withdrawn
   */
  ask(prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
  close(): void;
}

/** @returns undefined where the process has no terminal */
export function openTerminal(): Terminal | undefined {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
  const output = new WriteStream(fd);
  // One reader for all questions: two would take each other's keystrokes.
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
 * What is typed, as bytes in one buffer that is wiped after each reading. A stream would copy them into buffers of its
 * own, which nobody wipes.
 */
class Keyboard {
  readonly #input: ReadStream;
  readonly #buffer = Buffer.alloc(4_096);
  /** What was typed behind the end of a line and read with it. */
  #ahead = Buffer.alloc(0);
  /** @returns how many of the bytes belong to what is asked; undefined while nothing is */
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
    // Node hands it to the socket below, as the types do not know.
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread };
    this.#input = new ReadStream(fd, options);
    this.#input.pause();
    // A terminal that goes while nothing is asked is no fault.
    this.#input.on('error', () => {});
  }

  /** @param ended the terminal is gone */
  read(take: (typed: Uint8Array) => number, ended: () => void): void {
    // Before the prompt is seen the terminal must have stopped echoing.
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
