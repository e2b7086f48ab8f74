import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { answerFd } from '../../../src/protocol/answer-fd.js';
import { type FromGreeter, parseToGreeter, type ToGreeter, type View } from '../../../src/protocol/greeter-messages.js';

/** Stands in for the process of the windows: takes messages, and says what a test wants. */
export class FakeWindows extends EventEmitter {
  readonly messages: ToGreeter[] = [];
  readonly pid = 4711;
  readonly connected = true;
  exitCode: number | null = null;
  readonly signalCode = null;
  readonly stdio: unknown[] = [];
  readonly #writeFd: number;
  readonly #readFd: number;

  /** @param folder a temporary one, for the pipe of the answers */
  constructor(folder: string) {
    super();
    const file = join(folder, 'answers');
    this.#writeFd = openSync(file, 'w');
    this.#readFd = openSync(file, 'r');
    this.stdio[answerFd] = { _handle: { fd: this.#readFd, readStop: () => {} } };
  }

  get process(): ChildProcess {
    return this as unknown as ChildProcess;
  }

  /** The view that was sent last. */
  get view(): View {
    const last = this.messages.findLast((message) => message.type === 'view');
    if (last === undefined) throw new Error('no view was sent');
    return last.view;
  }

  /** Called by the greeter. */
  send(message: unknown): boolean {
    const parsed = parseToGreeter(message);
    if (parsed === undefined) throw new Error(`not well-formed: ${JSON.stringify(message)}`);
    this.messages.push(parsed);
    if (parsed.type === 'quit') setImmediate(() => this.die(0));
    return true;
  }

  kill(): boolean {
    this.die(137);
    return true;
  }

  say(message: FromGreeter): void {
    this.emit('message', message);
  }

  /** Answers the question that is open. */
  type(text: string): void {
    const bytes = Buffer.from(text);
    writeSync(this.#writeFd, bytes);
    this.say({ type: 'answer', question: this.view.question?.id ?? 0, bytes: bytes.length });
  }

  die(code: number): void {
    if (this.exitCode !== null) return;
    this.exitCode = code;
    closeSync(this.#writeFd);
    closeSync(this.#readFd);
    this.emit('exit', code, null);
  }
}
