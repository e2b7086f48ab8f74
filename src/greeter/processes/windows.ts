import type { FromGreeter, ToGreeter } from '../../protocol/greeter-messages.js';
import type { Log } from '../../shared/log/log.js';
import type { Secret } from '../../shared/secret.js';
import { type GreeterEnd, GreeterProcess } from './greeter-process.js';
import { countDeath, type Deaths } from './window-deaths.js';
import type { WindowsChild } from './windows-child.js';

export interface WindowsEvents {
  message(message: Exclude<FromGreeter, { type: 'answer' }>): void;
  /** @param answer wiped by the taker */
  answer(question: number, answer: Secret): void;
  /** They had died. `dropped`: the messages may be what killed them, and must not be shown again. */
  restarted(messages: 'kept' | 'dropped'): void;
  /** They die again and again, or there is no display. */
  gaveUp(end: Exclude<GreeterEnd, { kind: 'asked' }>): void;
}

export interface WindowsDependencies {
  /** Starts a process of the greeter. */
  readonly start: () => WindowsChild;
  readonly now: () => number;
  readonly log: Log;
}

/** The windows, in a process that is started again when it dies. */
export class Windows {
  readonly #dependencies: WindowsDependencies;
  readonly #mayGiveUp: () => boolean;
  readonly #events: WindowsEvents;
  #process: GreeterProcess | undefined;
  #deaths: Deaths = [];
  #isHidden = false;

  /** @param mayGiveUp not while a session starts, since to give up would end it */
  constructor(dependencies: WindowsDependencies, mayGiveUp: () => boolean, events: WindowsEvents) {
    this.#dependencies = dependencies;
    this.#mayGiveUp = mayGiveUp;
    this.#events = events;
  }

  start(): void {
    this.#process = new GreeterProcess(this.#dependencies.start(), {
      onMessage: (message) => this.#events.message(message),
      onAnswer: (question, answer) => this.#events.answer(question, answer),
      onMalformed: () => this.#dependencies.log.warn('greeter-message-malformed'),
      onEnd: (end) => this.#onEnd(end),
    });
  }

  send(message: ToGreeter): void {
    this.#process?.send(message);
  }

  /** For good. If they die now, they are not started again. */
  hide(): void {
    this.#isHidden = true;
    this.send({ type: 'hide' });
  }

  quit(): void {
    this.#process?.quit();
  }

  #onEnd(end: GreeterEnd): void {
    this.#process = undefined;
    if (end.kind === 'asked' || this.#isHidden) return;
    const { deaths, verdict } = countDeath(this.#deaths, end.kind, this.#dependencies.now());
    this.#deaths = deaths;
    const why = end.kind === 'died' ? end.why : end.kind;
    this.#dependencies.log.error('greeter-died', { why, deaths: deaths.length });
    if (verdict === 'give-up' && this.#mayGiveUp()) {
      this.#events.gaveUp(end);
      return;
    }
    this.#events.restarted(verdict === 'restart' ? 'kept' : 'dropped');
    this.start();
  }
}
