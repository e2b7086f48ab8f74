/** The built greeter's process, with the test in place of `ldm`. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepAnswersUnread, stdioWithAnswers, takeAnswer } from '../../../src/greeter/processes/answer-pipe.js';
import {
  defaultLooks,
  type FromGreeter,
  type Looks,
  parseFromGreeter,
  type Question,
  type ServerRow,
  type ToGreeter,
  type View,
} from '../../../src/protocol/greeter-messages.js';
import { type Accessible, connectAccessibility, findApplication } from './accessibility.js';
import type { Desktop } from './desktop.js';
import { waitFor } from './wait.js';

/** The folder that holds package.json. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const screenshots = join(checkout, 'screenshots');
/** The program under test, as `npm run build` makes it. */
export const bundle = join(checkout, 'dist', 'greeter.cjs');

/** A message; that of an answer contains the text, which came through the pipe. */
type Said = Exclude<FromGreeter, { type: 'answer' }> | { type: 'answer'; question: number; text: string };
type Of<T extends Said['type']> = Extract<Said, { type: T }>;

export class Greeter {
  readonly #child: ChildProcess;
  readonly #messages: Said[] = [];
  /** Exit code or signal, once it has ended. */
  ended: number | NodeJS.Signals | undefined;
  #application: Accessible | undefined;

  /** Forks the greeter on the desktop and waits until its window is there. */
  static async start(desktop: Desktop, looks: Looks = defaultLooks): Promise<Greeter> {
    if (!existsSync(bundle)) throw new Error(`${bundle} is missing; run: npm run build`);
    connectAccessibility(desktop);
    const greeter = new Greeter(desktop, looks);
    await greeter.next('ready');
    greeter.#application = await findApplication(greeter.pid);
    return greeter;
  }

  private constructor(desktop: Desktop, looks: Looks) {
    this.#child = fork(bundle, [JSON.stringify(looks)], {
      env: desktop.env,
      stdio: [...stdioWithAnswers],
    });
    keepAnswersUnread(this.#child);
    this.#child.on('message', (raw) => {
      const message = parseFromGreeter(raw);
      if (message === undefined) throw new Error(`the greeter said something unknown: ${JSON.stringify(raw)}`);
      if (message.type === 'answer') {
        const text = takeAnswer(this.#child, message.bytes)?.reveal() ?? 'an answer that did not come';
        this.#messages.push({ type: 'answer', question: message.question, text });
      } else this.#messages.push(message);
    });
    this.#child.once('exit', (code, signal) => {
      this.ended = code ?? signal ?? undefined;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The root of its widgets on the accessibility bus. */
  get root(): Accessible {
    if (this.#application === undefined) throw new Error('the greeter has not come to the accessibility bus');
    return this.#application;
  }

  send(message: ToGreeter): void {
    this.#child.send(message);
  }

  /** Sends something that is no message, as a broken `ldm` might. */
  sendRaw(message: object): void {
    this.#child.send(message);
  }

  show(view: Partial<View>): void {
    this.send({ type: 'view', view: { ...emptyView, ...view } });
  }

  /** Takes the oldest message of this type, and waits for it if needed. */
  next<T extends Said['type']>(type: T): Promise<Of<T>> {
    return waitFor(`the message "${type}" of the greeter`, () => this.#take(type));
  }

  /** Takes all other messages, in order. */
  said(): Said[] {
    return this.#messages.splice(0);
  }

  disconnect(): void {
    this.#child.disconnect();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.ended === undefined) this.#child.kill('SIGTERM');
    await waitFor('the greeter to end', () => this.ended !== undefined).catch(() => this.#child.kill('SIGKILL'));
  }

  #take<T extends Said['type']>(type: T): Of<T> | undefined {
    const isWanted = (message: Said): message is Of<T> => message.type === type;
    const found = this.#messages.find(isWanted);
    if (found !== undefined) this.#messages.splice(this.#messages.indexOf(found), 1);
    return found;
  }
}

export const emptyView: View = {
  question: null,
  failover: null,
  user: null,
  waiting: null,
  isDesktopStarting: false,
  cancellable: false,
  guestButton: false,
  countdown: null,
  status: [],
  details: [],
  client: { name: 'client7', address: '192.168.67.21' },
  chosenServer: null,
  chosenSession: null,
  chosenLanguage: null,
  permitted: { session: true, language: true, power: true },
  menuEntries: [],
  clock: null,
};

export const askUser: Question = { id: 1, label: 'Username', hidden: false, initial: '' };
export const askPassword: Question = { id: 2, label: 'Password', hidden: true, initial: '' };

/** A row of a server that is up. */
export function serverRow(name: string, known: Partial<ServerRow> = {}): ServerRow {
  return { name, usable: true, wake: 'no', rating: 80, sessions: 12, state: 'up', ...known };
}
