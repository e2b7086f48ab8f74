import type { AnyAuthMethod, AuthenticationType, Client } from 'ssh2';
import type { Secret } from '../../shared/secret.js';
import { isDisconnect, SessionError, toSessionError } from '../session-error.js';
import { onRequestWithoutPrompts } from '../ssh2/messages.js';
import { SecretPackets } from '../ssh2/secrets.js';
import { Answers, type PromptHandler } from './prompt-answers.js';

export interface SignInRequest {
  readonly user: string;
  readonly password: Secret;
  readonly promptHandler: PromptHandler;
  readonly onFailure: (error: SessionError) => void;
}

type NextMethod = (method: AnyAuthMethod | false) => void;
/** A prompt of RFC 4256 section 3.2, as ssh2 passes it. */
interface KeyboardPrompt {
  prompt: string;
  echo?: boolean;
}

/** Maximum number of banners that are kept before the sign-in begins. One is common; a flood is not kept. */
const maxEarlyBanners = 10;

/**
 * A sign-in that takes longer than this, in ms, waits for people: for a code, an approval on a phone, a directory that
 * an administrator has to repair. If the server ends it then, its LoginGraceTime is over (120 s by default).
 */
const quickSignInMs = 20_000;

/** How a server disconnects after too many wrong answers. Reasons: RFC 4253 section 11.1. */
const refusals = { reasons: [13, 14, 15], text: /too many auth|permission denied|access denied|not allowed/i };

/** A sign-in that has begun. */
interface Begun extends SignInRequest {
  readonly answers: Answers;
  /** Monotonic clock, ms. */
  readonly at: number;
  readonly packets: SecretPackets;
}

/**
 * The conversation of RFC 4252 and RFC 4256 on one connection: first `none`, to learn which methods are offered (OpenSSH
 * does so too, and sshd does not count it as a failure), then keyboard-interactive or password, then further factors.
 * Credentials that were refused are never sent a second time.
 */
export class SignIn {
  readonly #onReady: () => void;
  #next: NextMethod = () => {};
  #begun: Begun | undefined;
  readonly #banners: string[] = [];
  #tried = new Set<string>();
  #answered = false;
  /** Whether a first factor was accepted. */
  #isPart = false;

  /** @param onReady called when the server accepts sign-ins */
  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  /** ssh2's auth handler: the server is ready for the first method, or has refused the last. */
  onServerReady(methods: readonly AuthenticationType[] | null, partial: boolean | null, next: unknown): void {
    this.#next = next as NextMethod;
    if (this.#begun === undefined) this.#onReady();
    else this.#onRefused(this.#begun, methods ?? [], partial === true);
  }

  /** A text of the server before or during the sign-in (RFC 4252 section 5.4). */
  onBanner(text: string): void {
    if (this.#begun) this.#begun.answers.tell(text);
    else if (this.#banners.length < maxEarlyBanners) this.#banners.push(text);
  }

  begin(client: Client, request: SignInRequest): void {
    const answers = new Answers(request.password, request.promptHandler);
    const begun = { ...request, answers, at: performance.now(), packets: new SecretPackets(client) };
    this.#begun = begun;
    for (const text of this.#banners.splice(0)) begun.answers.tell(text);
    client.on('change password', (text, done) => this.#changePassword(begun, text, done));
    onRequestWithoutPrompts(client, (texts) => this.#onTexts(begun, texts));
    this.#next({ type: 'none', username: begun.user });
  }

  /** Whether the server has received the password, or has asked the user something. */
  get isEntrusted(): boolean {
    return this.#begun?.answers.isEntrusted === true;
  }

  /**
   * What an error means at this point. A server that has the answers and disconnects because of them (as sshd does at
   * MaxAuthTries) has refused them. A server that sends a banner and disconnects (as sshd does where PAM's account stack
   * refuses: account expired, /etc/nologin) has refused the account. A server that just vanishes has done neither.
   */
  judge(error: unknown): SessionError {
    const problem = toSessionError(error);
    if (this.#answered) {
      if (isDisconnect(error) && isRefusal(error)) return this.#refusal(problem.detail);
      if (problem.code === 'closed' && this.#isExplained) return new SessionError('account-refused', problem.detail);
    }
    return problem.code === 'closed' && this.#waitsForPeople
      ? new SessionError('sign-in-unfinished', problem.detail)
      : problem;
  }

  /** The sign-in is over. */
  end(): void {
    this.#begun?.answers.end();
  }

  get #isExplained(): boolean {
    return this.#begun?.answers.toldSinceAnswer === true;
  }

  get #waitsForPeople(): boolean {
    const begun = this.#begun;
    if (begun?.answers.isEntrusted !== true) return false;
    return begun.answers.isAsking || performance.now() - begun.at > quickSignInMs;
  }

  #refusal(detail: string): SessionError {
    return new SessionError(this.#isExplained ? 'account-refused' : 'wrong-credentials', detail);
  }

  #onRefused(begun: Begun, methods: readonly string[], partial: boolean): void {
    const offered = `the server takes: ${methods.join(', ')}`;
    try {
      begun.answers.beginRound();
      if (this.#answered && !partial) throw this.#refusal(offered);
      if (partial) {
        this.#tried.clear();
        this.#isPart = true;
      }
      this.#answered = false;
      const method = ['keyboard-interactive', 'password'].find((one) => methods.includes(one) && !this.#tried.has(one));
      if (method === undefined) {
        throw new SessionError(this.#isPart ? 'more-wanted' : 'no-method', offered, {
          serverMessage: methods.join(', '),
        });
      }
      this.#tried.add(method);
      if (method === 'password') this.#sendPassword(begun);
      else this.#startKeyboardInteractive(begun);
    } catch (error) {
      fail(begun, error);
    }
  }

  #sendPassword(begun: Begun): void {
    begun.answers
      .answer([{ text: 'Password: ', echo: false }])
      .then((answers) => {
        const [password = begun.password] = answers;
        this.#answered = true;
        begun.packets.preparePassword(begun.user, password, undefined, () => begun.answers.wipe(answers));
        this.#next({ type: 'password', username: begun.user, password: '' });
      })
      .catch((error: unknown) => fail(begun, error));
  }

  #startKeyboardInteractive(begun: Begun): void {
    const { answers, packets, user } = begun;
    const prompt = (
      name: string,
      instructions: string,
      _language: string,
      prompts: readonly KeyboardPrompt[],
    ): void => {
      for (const text of [name, instructions]) answers.tell(text);
      answers
        .answer(prompts.map(({ prompt, echo }) => ({ text: prompt, echo: echo === true })))
        .then((given) => {
          this.#answered = true;
          packets.sendAnswers(given, () => answers.wipe(given));
        })
        .catch((error: unknown) => fail(begun, error));
    };
    this.#next({ type: 'keyboard-interactive', username: user, prompt } as AnyAuthMethod);
  }

  /** Texts of a request without prompts. @returns whether the sign-in goes on */
  #onTexts(begun: Begun, texts: readonly string[]): boolean {
    try {
      begun.answers.beginRound();
      for (const text of texts) begun.answers.tell(text);
      return true;
    } catch (error) {
      fail(begun, error);
      return false;
    }
  }

  /** SSH's own request for a new password (RFC 4252 section 8). */
  #changePassword(begun: Begun, text: string, send: (password: string) => void): void {
    begun.answers
      .newPassword(text)
      .then((password) => {
        begun.packets.preparePassword(begun.user, begun.password, password, () => password.wipe());
        send('');
      })
      .catch((error: unknown) => fail(begun, error));
  }
}

function fail({ answers, onFailure }: Begun, error: unknown): void {
  answers.end();
  onFailure(toSessionError(error));
}

function isRefusal({ code, message }: Error & { readonly code: number }): boolean {
  return refusals.reasons.includes(code) || refusals.text.test(message);
}
