import { t } from '../../shared/i18n.js';
import type { Secret } from '../../shared/secret.js';
import { SessionError } from '../session-error.js';
import { asksForMore, asksForPassword, partsOf } from './password-prompt.js';

/** A question of the server. Its text is untrusted: bounded here, and cleaned where it is shown. */
export interface Prompt {
  readonly text: string;
  /** Whether the answer is visible while it is typed. */
  readonly echo: boolean;
}

/** Answers for the user. */
export interface PromptHandler {
  /**
   * Asks a question beyond the password that was typed. Rejects when the user gives up.
   * @param withdrawn aborts when the answer is no longer wanted
   */
  ask(prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
  /** A text of the server that needs no answer. */
  tell(text: string): void;
  /** Resolves when the server may have the password that was typed. Without it the server may have it at once. */
  mayHavePassword?(): Promise<void>;
}

/** Limits for one sign-in. PAM stacks stay far below; a server beyond them is hostile. */
export const signInLimits = {
  /** Questions in one request; PAM asks up to three. */
  prompts: 50,
  /** Requests, with questions or without, and refusals. */
  rounds: 100,
  /** Texts that need no answer, and their characters in total; the rest is not shown. */
  texts: 100,
  characters: 65_536,
} as const;

/**
 * The user's side of one sign-in. The password that was typed answers the first hidden prompt that asks for a password;
 * the user answers every other. One request is open at a time, so that no answer gets to another question.
 */
export class Answers {
  readonly #password: Secret;
  readonly #promptHandler: PromptHandler;
  #passwordIsUsed = false;
  #isOpen = false;
  #rounds = 0;
  #texts = 0;
  #characters = 0;
  #toldSinceAnswer = 0;
  /** Aborts when the current question, or the last one, is withdrawn. */
  #question = new AbortController();
  #isOver = false;
  #hasAsked = false;
  #isAsking = false;
  /** The user's answers. */
  readonly #given: Secret[] = [];

  constructor(password: Secret, promptHandler: PromptHandler) {
    this.#password = password;
    this.#promptHandler = promptHandler;
  }

  /** Whether the server has said something since the last answer was given. */
  get toldSinceAnswer(): boolean {
    return this.#toldSinceAnswer > 0;
  }

  /** Whether the server has been given the password, or the user has been asked something by it. */
  get isEntrusted(): boolean {
    return this.#passwordIsUsed || this.#hasAsked;
  }

  /** Whether the server waits for the user. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  tell(text: string): void {
    if (text.trim() === '' || this.#isOver) return;
    this.#toldSinceAnswer += 1;
    this.#texts += 1;
    const shown = text.slice(0, Math.max(0, signInLimits.characters - this.#characters));
    this.#characters += shown.length;
    if (this.#texts <= signInLimits.texts && shown !== '') this.#promptHandler.tell(shown);
  }

  /**
   * Counts a step of the server.
   * @throws {SessionError} `protocol` when it was one too many, or a question is still open
   */
  beginRound(prompts = 0): void {
    this.#rounds += 1;
    if (this.#isOpen) throw new SessionError('protocol', 'it went on before its question was answered');
    if (this.#rounds > signInLimits.rounds) {
      throw new SessionError('protocol', `it asked more than ${signInLimits.rounds} times`);
    }
    if (prompts > signInLimits.prompts) {
      throw new SessionError('protocol', `it asked ${prompts} questions at once, more than ${signInLimits.prompts}`);
    }
  }

  /** Answers one request, question by question. @throws {SessionError} as {@link beginRound}, or when the user gives up */
  async answer(prompts: readonly Prompt[]): Promise<readonly Secret[]> {
    this.beginRound(prompts.length);
    return this.#opened(async () => {
      const answers: Secret[] = [];
      for (const prompt of prompts) answers.push(await this.#answerOne(prompt));
      return answers;
    });
  }

  /**
   * Asks for a new password until both entries are the same, as OpenSSH does.
   * @param text the server's text (RFC 4252 section 8)
   */
  async newPassword(text: string): Promise<Secret> {
    this.beginRound();
    this.tell(text);
    return this.#opened(async () => {
      for (;;) {
        const password = await this.#ask({ text: `${t('New password:')} `, echo: false });
        const again = await this.#ask({ text: `${t('Retype new password:')} `, echo: false });
        const same = password.equals(again);
        again.wipe();
        if (same) return password;
        password.wipe();
        this.#promptHandler.tell(t('The two passwords are not the same. Please type the new one twice.'));
      }
    });
  }

  /** Wipes the user's answers. The maker of the password that was typed wipes it. */
  wipe(answers: readonly Secret[]): void {
    for (const answer of answers) if (answer !== this.#password) answer.wipe();
  }

  /** The sign-in is over: open questions are withdrawn, and the answers are wiped. */
  end(): void {
    this.#isOver = true;
    this.wipe(this.#given);
    this.#question.abort();
  }

  async #answerOne(prompt: Prompt): Promise<Secret> {
    const { message, question } = partsOf(prompt.text);
    if (prompt.echo || this.#passwordIsUsed || !asksForPassword(question)) return this.#ask(prompt);
    await this.#promptHandler.mayHavePassword?.();
    if (this.#isOver) throw new SessionError('cancelled', 'the sign-in is over');
    this.#passwordIsUsed = true;
    // The user does not see the question, so its message is told.
    this.tell(asksForMore(question) ? `${message}\n${question}`.trim() : message);
    return this.#password;
  }

  async #ask(prompt: Prompt): Promise<Secret> {
    if (this.#isOver) throw new SessionError('cancelled', 'the sign-in is over');
    this.#question = new AbortController();
    this.#hasAsked = true;
    this.#isAsking = true;
    try {
      const answer = await this.#promptHandler.ask(prompt, this.#question.signal);
      this.#given.push(answer);
      if (this.#isOver) answer.wipe();
      return answer;
    } finally {
      this.#isAsking = false;
    }
  }

  async #opened<T>(answering: () => Promise<T>): Promise<T> {
    this.#isOpen = true;
    try {
      return await answering();
    } finally {
      this.#isOpen = false;
      this.#toldSinceAnswer = 0;
    }
  }
}
