import type { Failure, LoginObserver, LoginOutcome, LoginProgress } from '../../login/outcome.js';
import { failureLine, goOnText, meansYes, progressLine, waitingText } from '../../login/sentences.js';
import type { Prompt } from '../../session/sign-in/prompt-answers.js';
import { t } from '../../shared/i18n.js';
import type { Secret } from '../../shared/secret.js';
import { CommandError, exitCode } from '../common/exit-codes.js';
import type { Terminal } from './terminal.js';

/** After this many ms, the user is told what the login waits for. */
const quietMs = 3_000;

/** Reports a login on standard error, and asks questions on the terminal. Reports each failure once. */
export class CommandObserver implements LoginObserver {
  readonly #terminal: Terminal | undefined;
  readonly #giveUp: (error: CommandError) => void;
  readonly #write: (line: string) => void;
  /** Failures that were not reported yet. The end of a failed login reports all of them. */
  readonly #untold: Failure[] = [];
  readonly #told = new Set<Failure>();
  #waiting: NodeJS.Timeout | undefined;

  /** @param giveUp called with the reason when nobody can answer a server's question */
  constructor(
    terminal: Terminal | undefined,
    giveUp: (error: CommandError) => void,
    write = (line: string): void => void process.stderr.write(line),
  ) {
    this.#terminal = terminal;
    this.#giveUp = giveUp;
    this.#write = write;
  }

  tell(progress: LoginProgress): void {
    if (progress.kind === 'failed') {
      this.#untold.push(progress.failure);
      return;
    }
    const line = progressLine(progress);
    if (line !== undefined) this.#say(line.text);
    const waiting = waitingText(progress);
    if (waiting === undefined) return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#say(waiting), quietMs);
  }

  ask(server: string, prompt: Prompt, withdrawn: AbortSignal): Promise<Secret> {
    clearTimeout(this.#waiting);
    this.#tellFailures();
    if (this.#terminal) return this.#terminal.ask(prompt, withdrawn);
    const problem = t('{server} asks for more than a password, and there is no terminal to answer', { server });
    this.#giveUp(new CommandError(exitCode.wrongCredentials, problem));
    return new Promise(() => {});
  }

  async mayGoOn({ server }: Failure, withdrawn: AbortSignal): Promise<boolean> {
    clearTimeout(this.#waiting);
    if (this.#terminal === undefined) return false;
    this.#tellFailures();
    const question = `${goOnText(server)} ${t('(yes or no)')} `;
    const answer = await this.#terminal.ask({ text: question, echo: true }, withdrawn);
    return meansYes(answer.reveal());
  }

  /** Call it at the end of the login. */
  over({ kind }: LoginOutcome): void {
    clearTimeout(this.#waiting);
    if (kind !== 'none-left' && kind !== 'not-continued') this.#tellFailures();
  }

  /** Whether the failure was reported. */
  hasTold(failure: Failure): boolean {
    return this.#told.has(failure);
  }

  #tellFailures(): void {
    for (const failure of this.#untold.splice(0)) {
      this.#say(failureLine(failure));
      this.#told.add(failure);
    }
  }

  #say(text: string): void {
    this.#write(`ldm: ${text}\n`);
  }
}
