import type { ChildProcess } from 'node:child_process';
import { type FromGreeter, parseFromGreeter, type ToGreeter } from '../../protocol/greeter-messages.js';
import type { Secret } from '../../shared/secret.js';
import { takeAnswer } from './answer-pipe.js';

/** How the greeter's process came to its end. */
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

/** ms that the greeter has to end after it was asked to, before it is ended. */
const patienceMs = 2_000;

/** The process that shows the windows: spoken to in well-formed messages only. */
export class GreeterProcess {
  private asked = false;

  /** @param child as it was started, a moment ago at the most */
  constructor(
    private readonly child: ChildProcess,
    listener: GreeterListener,
  ) {
    let over = false;
    /** What it said itself of its end. */
    let said: GreeterEnd | undefined;
    const end = (why: string): void => {
      if (over) return;
      over = true;
      listener.onEnd(this.asked ? { kind: 'asked' } : (said ?? { kind: 'died', why }));
    };
    this.child.on('message', (raw) => {
      const message = parseFromGreeter(raw);
      if (message?.type === 'no-display') said = { kind: 'no-display' };
      // The rest says where in our code, and is in the log.
      const [why] = message?.type === 'crashed' ? message.text.split('\n', 1) : [];
      if (why) said = { kind: 'died', why };
      if (message?.type === 'answer') {
        const answer = takeAnswer(this.child, message.bytes);
        if (answer) listener.onAnswer(message.question, answer);
        else listener.onMalformed();
      } else if (message) listener.onMessage(message);
      else listener.onMalformed();
    });
    this.child.on('error', (error) => end(error.message));
    const onExit = (code: number | null, signal: string | null): void =>
      end(signal ? `ended by ${signal}` : `exit code ${code}`);
    this.child.on('exit', onExit);
    const { exitCode, signalCode, pid } = this.child;
    // It may have failed before anybody listened; the listener is told when it is ready to hear.
    if (exitCode !== null || signalCode !== null) setImmediate(onExit, exitCode, signalCode);
    else if (pid === undefined) setImmediate(end, 'it could not be started');
  }

  send(message: ToGreeter): void {
    // A message to a greeter that has just died is lost; the next one that starts is sent everything anew.
    if (this.child.connected) this.child.send(message, () => {});
  }

  /** Asks it to end, and sees to it that it does. */
  quit(): void {
    this.asked = true;
    this.send({ type: 'quit' });
    const kill = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
    this.child.once('exit', () => clearTimeout(kill));
  }
}
