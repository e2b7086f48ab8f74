import { EventEmitter } from 'node:events';
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { answerFd } from '../../protocol/answer-fd.js';
import type { EarlyPipes } from './early-pipes.js';
import type { WindowsChild } from './windows-child.js';

/**
 * The greeter's process, started beside this one (src/early.pl). Node has not started it: its messages come through the
 * channel of this process itself, and its parent, a shell, tells how it ends. The events are those of a child process:
 * `message`; then `exit`, or `error` where nobody knows how it ended.
 */
export class AdoptedGreeter extends EventEmitter implements WindowsChild {
  readonly pid: number;
  readonly stdio: WindowsChild['stdio'];
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly #waiting: unknown[];
  #status = '';
  #hasParent = true;
  #hasEnded = false;

  /**
   * @param waiting its messages so far, which the first listener gets
   * @throws where it was not started
   */
  constructor({ typed, end }: EarlyPipes, waiting: readonly unknown[]) {
    super();
    this.pid = readNumber(end);
    this.#waiting = [...waiting];
    this.stdio = [...Array(answerFd).fill(null), new Socket({ fd: typed })];
    new Socket({ fd: end })
      .setEncoding('latin1')
      .on('data', (text) => {
        this.#status += text;
        this.#checkEnd();
      })
      .on('error', () => {})
      .on('close', () => {
        this.#hasParent = false;
        this.#checkEnd();
      });
    this.on('error', () => {});
    process.on('disconnect', () => this.#checkEnd());
    process.on('message', this.#hear);
    this.on('newListener', (event) => {
      if (event === 'message') process.nextTick(() => this.#passOn());
    });
  }

  get connected(): boolean {
    return process.connected;
  }

  send(message: object, sent: (error: Error | null) => void): boolean {
    return process.send?.(message, undefined, undefined, sent) ?? false;
  }

  kill(signal: NodeJS.Signals): boolean {
    try {
      return !this.#hasEnded && process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  readonly #hear = (message: unknown): void => {
    this.#waiting.push(message);
    this.#passOn();
  };

  #passOn(): void {
    if (this.listenerCount('message') === 0) return;
    for (const message of this.#waiting.splice(0)) this.emit('message', message);
  }

  /** Its last messages are heard before its end. */
  #checkEnd(): void {
    const isTold = this.#status.endsWith('\n');
    if (this.#hasEnded || process.connected || (this.#hasParent && !isTold)) return;
    this.#hasEnded = true;
    process.off('message', this.#hear);
    if (!isTold) {
      this.emit('error', new Error('nobody knows how it ended'));
      return;
    }
    const code = Number(this.#status);
    this.signalCode = signalOf(code);
    if (this.signalCode === null) this.exitCode = code;
    this.emit('exit', this.exitCode, this.signalCode);
  }
}

/** The first line. It is written when the process is started, long before Node runs this. */
function readNumber(fd: number): number {
  const byte = Buffer.alloc(1);
  let text = '';
  while (readSync(fd, byte, 0, 1, null) === 1) {
    if (byte[0] === 0x0a) return Number(text);
    text += byte.toString('latin1');
  }
  throw new Error('the process was not started');
}

/** @param code of a shell, for which a signal is 128 and its number (POSIX, 2.8.2 Exit Status for Commands) */
function signalOf(code: number): NodeJS.Signals | null {
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  return names.find(([, number]) => number === code - 128)?.[0] ?? null;
}
