import type { Secret } from '../../shared/secret.js';
import { SessionError } from '../session-error.js';
import { asksForMore, asksForPassword, partsOf } from './password-prompt.js';

/** A question of the server's. All texts are the server's own and hostile: bounded and cleaned where shown. */
export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be seen. */
  readonly echo: boolean;
}

/** Whoever answers for the user. */
export interface Dialogue {
  /**
   * A question beyond the password that was typed. Rejects when the user gives up.
   * @param withdrawn aborts when nobody wants the answer any more
   */
  ask(prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
  /** Words of the server's that want no answer. */
  tell(text: string): void;
  /** Resolves when the server may have the password that was typed; at once where it is missing. */
  mayHavePassword?(): Promise<void>;
}

/** What one sign-in may ask and say. PAM stacks stay far below; a server beyond it means no good. */
export const signInLimits = {
  /** Questions in one request; PAM asks up to three. */
  prompts: 50,
  /** Requests, with questions or without, and refusals. */
  rounds: 100,
  /** Texts that want no answer, and their characters together; what is beyond is not shown. */
  texts: 100,
  characters: 65_536,
} as const;

/**
 * The user's side of one sign-in: the password that was typed answers the first hidden prompt that asks for a password,
 * the user every other. One request is open at a time, so that no answer gets to another question.
 */
export class Answers {
  readonly #password: Secret;
  readonly #dialogue: Dialogue;
  #passwordIsUsed = false;
  #open: 'no' | 'yes' = 'no';
  #rounds = 0;
  #texts = 0;
  #characters = 0;
  #told = 0;
  /** Aborts when the question that is asked, or was last, is moot. */
  #question = new AbortController();
  #over: 'no' | 'yes' = 'no';
  #asked = false;
  #asking = false;
  /** What the user was asked for. */
  readonly #given: Secret[] = [];

  constructor(password: Secret, dialogue: Dialogue) {
    this.#password = password;
    this.#dialogue = dialogue;
  }

  /** Whether the server has said something since the last answer was given. */
  get toldSinceAnswer(): boolean {
    return this.#told > 0;
  }

  /** Whether the server has been given the password, or the user has been asked something by it. */
  get isEntrusted(): boolean {
    return this.#passwordIsUsed || this.#asked;
  }

  /** Whether the server waits for the user. */
  get isAsking(): boolean {
    return this.#asking;
  }

  tell(text: string): void {
    if (text.trim() === '' || this.#isOver) return;
    this.#told += 1;
    this.#texts += 1;
    const shown = text.slice(0, Math.max(0, signInLimits.characters - this.#characters));
    this.#characters += shown.length;
    if (this.#texts <= signInLimits.texts && shown !== '') this.#dialogue.tell(shown);
  }

  /**
   * Counts a step of the server's.
   * @throws {SessionError} `protocol` when it was one too many, or a question is still open
   */
  beginRound(prompts = 0): void {
    this.#rounds += 1;
    if (this.#open === 'yes') throw new SessionError('protocol', 'it went on before its question was answered');
    if (this.#rounds > signInLimits.rounds) {
      throw new SessionError('protocol', `it asked more than ${signInLimits.rounds} times`);
    }
    if (prompts > signInLimits.prompts) {
      throw new SessionError('protocol', `it asked ${prompts} questions at once, more than ${signInLimits.prompts}`);
    }
  }

  /** Answers one request, question by question. @throws {SessionError} as {@link beginRound}, or as the user gives up */
  async answer(prompts: readonly Prompt[]): Promise<readonly Secret[]> {
    this.beginRound(prompts.length);
    return this.#opened(async () => {
      const answers: Secret[] = [];
      for (const prompt of prompts) answers.push(await this.#answerOne(prompt));
      return answers;
    });
  }

  /**
   * Asks for a new password until it was typed twice alike, as OpenSSH does.
   * @param text the server's words (RFC 4252 section 8)
   */
  async newPassword(text: string): Promise<Secret> {
    this.beginRound();
    this.tell(text);
    return this.#opened(async () => {
      for (;;) {
        const password = await this.#ask({ text: 'New password: ', echo: false });
        const again = await this.#ask({ text: 'Retype new password: ', echo: false });
        const same = password.equals(again);
        again.wipe();
        if (same) return password;
        password.wipe();
        this.#dialogue.tell('The two passwords are not the same. Please type the new one twice.');
      }
    });
  }

  get #isOver(): boolean {
    return this.#over === 'yes';
  }

  /** Wipes what the user was asked for. The password that was typed is wiped by its maker. */
  wipe(answers: readonly Secret[]): void {
    for (const answer of answers) if (answer !== this.#password) answer.wipe();
  }

  /** The sign-in is over, one way or the other: open questions are withdrawn, and what was answered is wiped. */
  end(): void {
    this.#over = 'yes';
    this.wipe(this.#given);
    this.#question.abort();
  }

  async #answerOne(prompt: Prompt): Promise<Secret> {
    const { words, question } = partsOf(prompt.text);
    if (prompt.echo || this.#passwordIsUsed || !asksForPassword(question)) return this.#ask(prompt);
    await this.#dialogue.mayHavePassword?.();
    if (this.#isOver) throw new SessionError('cancelled', 'the sign-in is over');
    this.#passwordIsUsed = true;
    // The user does not see the question, so what stands with it is told.
    this.tell(asksForMore(question) ? `${words}\n${question}`.trim() : words);
    return this.#password;
  }

  async #ask(prompt: Prompt): Promise<Secret> {
    if (this.#isOver) throw new SessionError('cancelled', 'the sign-in is over');
    this.#question = new AbortController();
    this.#asked = true;
    this.#asking = true;
    try {
      const answer = await this.#dialogue.ask(prompt, this.#question.signal);
      this.#given.push(answer);
      if (this.#isOver) answer.wipe();
      return answer;
    } finally {
      this.#asking = false;
    }
  }

  async #opened<T>(answering: () => Promise<T>): Promise<T> {
    this.#open = 'yes';
    try {
      return await answering();
    } finally {
      this.#open = 'no';
      this.#told = 0;
    }
  }
}
