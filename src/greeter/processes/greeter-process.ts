import { type FromGreeter, parseFromGreeter, type ToGreeter } from '../../protocol/greeter-messages.js';
import type { Secret } from '../../shared/secret.js';
import { takeAnswer } from './answer-pipe.js';
import type { WindowsChild } from './windows-child.js';

/** How the greeter's process ended. `asked`: by {@link GreeterProcess.quit}. */
export type GreeterEnd =
  | { readonly kind: 'asked' }
  | { readonly kind: 'died'; readonly why: string }
  | { readonly kind: 'no-display' };

export interface GreeterListener {
  onMessage(message: Exclude<FromGreeter, { type: 'answer' }>): void;
  /** @param answer wiped by the taker */
  onAnswer(question: number, answer: Secret): void;
  onMalformed(): void;
  /** Called once. */
  onEnd(end: GreeterEnd): void;
}

/** ms from the request to end until it is killed. */
const quitTimeoutMs = 2_000;

/** The process that shows the windows. Only well-formed messages of it are taken. */
export class GreeterProcess {
  readonly #child: WindowsChild;
  #asked = false;

  /** @param child started just now */
  constructor(child: WindowsChild, listener: GreeterListener) {
    this.#child = child;
    let over = false;
    /** The end that it has announced itself. */
    let announced: GreeterEnd | undefined;
    const end = (why: string): void => {
      if (over) return;
      over = true;
      listener.onEnd(this.#asked ? { kind: 'asked' } : (announced ?? { kind: 'died', why }));
    };
    this.#child.on('message', (raw) => {
      const message = parseFromGreeter(raw);
      if (message?.type === 'no-display') announced = { kind: 'no-display' };
      // The other lines are the stack, which is in the log.
      const [why] = message?.type === 'crashed' ? message.text.split('\n', 1) : [];
      if (why) announced = { kind: 'died', why };
      if (message?.type === 'answer') {
        const answer = takeAnswer(this.#child, message.bytes);
        if (answer) listener.onAnswer(message.question, answer);
        else listener.onMalformed();
      } else if (message) listener.onMessage(message);
      else listener.onMalformed();
    });
    this.#child.on('error', (error) => end(error.message));
    const onExit = (code: number | null, signal: string | null): void =>
      end(signal ? `ended by ${signal}` : `exit code ${code}`);
    this.#child.on('exit', onExit);
    const { exitCode, signalCode, pid } = this.#child;
    // It may have failed before this listened; the listener is told once its owner is ready.
    if (exitCode !== null || signalCode !== null) setImmediate(onExit, exitCode, signalCode);
    else if (pid === undefined) setImmediate(end, 'it could not be started');
  }

  send(message: ToGreeter): void {
    // A message to a greeter that has just died is lost; the next one is sent everything again.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Asks it to end, and kills it if it does not. */
  quit(): void {
    this.#asked = true;
    this.send({ type: 'quit' });
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), quitTimeoutMs);
    this.#child.once('exit', () => clearTimeout(kill));
  }
}
