import type { AnyAuthMethod, AuthenticationType, Client } from 'ssh2';
import type { Secret } from '../settings/secret.js';
import { Answers, type Dialogue, type Prompt } from './answers.js';
import { SessionError, toSessionError } from './session-error.js';
import { SecretPackets } from './ssh2-secrets.js';

export type { Dialogue, Prompt };

export interface SignInRequest {
  readonly user: string;
  readonly password: Secret;
  readonly dialogue: Dialogue;
  readonly patience: {
    /** ms for the server to say what it asks. */
    readonly answerMs: number;
    /** ms for the server to judge an answer of the user's. */
    readonly verificationMs: number;
  };
  readonly onFailure: (error: SessionError) => void;
}

type NextMethod = (method: AnyAuthMethod | false) => void;
/** What ssh2 passes for each message of RFC 4256 section 3.2. */
interface KeyboardPrompt {
  prompt: string;
  echo?: boolean;
}

/** Banners that came before anybody listened; one is usual, a flood is not kept. */
const mostEarlyBanners = 10;

/** A sign-in that has begun. */
interface Begun extends SignInRequest {
  readonly answers: Answers;
  readonly packets: SecretPackets;
}

/**
 * The conversation of RFC 4252 and RFC 4256 on one connection: first `none`, to learn what is offered (as OpenSSH
 * does, and not counted as a failure there), then keyboard-interactive or password, further factors as asked.
 * Credentials that were refused are never sent a second time.
 */
export class SignIn {
  private next: NextMethod | undefined;
  private begun: Begun | undefined;
  private readonly banners: string[] = [];
  private tried = new Set<string>();
  private answered = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param onReady called when the server takes sign-ins, or says so */
  constructor(private readonly onReady: () => void) {}

  /** ssh2's auth handler: the server is ready for the first method, or has refused the last. */
  onServerReady(methods: readonly AuthenticationType[] | null, partial: boolean | null, next: unknown): void {
    this.next = next as NextMethod;
    if (this.begun === undefined) this.onReady();
    else this.onRefused(this.begun, methods ?? [], partial === true);
  }

  /** The server's words before or during the sign-in (RFC 4252 section 5.4). */
  onBanner(text: string): void {
    if (this.begun) this.begun.answers.tell(text);
    else if (this.banners.length < mostEarlyBanners) this.banners.push(text);
  }

  begin(client: Client, request: SignInRequest): void {
    const answers = new Answers(request.password, request.dialogue);
    const begun = { ...request, answers, packets: new SecretPackets(client) };
    this.begun = begun;
    for (const text of this.banners.splice(0)) begun.answers.tell(text);
    client.on('change password', (text, done) => this.changePassword(begun, text, done));
    watchRequestsWithoutPrompts(client, (words) => this.onWords(begun, words));
    this.send({ type: 'none', username: begun.user }, begun.patience.answerMs);
  }

  /**
   * What an error means at this point. A server that has the answers and then says goodbye in so many words (as sshd
   * does at MaxAuthTries) has refused them. One that explains itself in a banner and hangs up (as sshd does where PAM's
   * account stack says no: account expired, /etc/nologin) has refused the account. One that just vanishes has done
   * neither.
   */
  judge(error: unknown): SessionError {
    const saidSo = error instanceof Error && 'code' in error && typeof error.code === 'number';
    const problem = toSessionError(error);
    if (!this.answered) return problem;
    if (saidSo) return this.refusal(error.message);
    return problem.code === 'closed' && this.isExplained
      ? new SessionError('account-refused', problem.detail)
      : problem;
  }

  /** The sign-in is over, one way or the other. */
  end(): void {
    clearTimeout(this.timer);
    this.begun?.answers.end();
  }

  private get isExplained(): boolean {
    return this.begun?.answers.toldSinceAnswer === true;
  }

  private refusal(detail: string): SessionError {
    return new SessionError(this.isExplained ? 'account-refused' : 'wrong-credentials', detail);
  }

  private onRefused(begun: Begun, methods: readonly string[], partial: boolean): void {
    const offered = `the server takes: ${methods.join(', ')}`;
    try {
      begun.answers.beginRound();
      if (this.answered && !partial) throw this.refusal(offered);
      if (partial) this.tried.clear();
      this.answered = false;
      const method = ['keyboard-interactive', 'password'].find((one) => methods.includes(one) && !this.tried.has(one));
      if (method === undefined) throw new SessionError('no-method', offered);
      this.tried.add(method);
      if (method === 'password') this.sendPassword(begun);
      else this.startKeyboardInteractive(begun);
    } catch (error) {
      this.fail(error);
    }
  }

  private sendPassword(begun: Begun): void {
    clearTimeout(this.timer);
    begun.answers
      .answer([{ text: 'Password: ', echo: false }])
      .then((answers) => {
        const [password = begun.password] = answers;
        this.answered = true;
        begun.packets.preparePassword(begun.user, password, undefined, () => begun.answers.wipe(answers));
        this.send({ type: 'password', username: begun.user, password: '' }, begun.patience.verificationMs);
      })
      .catch((error: unknown) => this.fail(error));
  }

  private startKeyboardInteractive(begun: Begun): void {
    const { answers, packets, patience, user } = begun;
    const prompt = (
      name: string,
      instructions: string,
      _language: string,
      prompts: readonly KeyboardPrompt[],
    ): void => {
      clearTimeout(this.timer);
      for (const text of [name, instructions]) answers.tell(text);
      answers
        .answer(prompts.map(({ prompt, echo }) => ({ text: prompt, echo: echo === true })))
        .then((given) => {
          this.answered = true;
          this.await(patience.verificationMs);
          packets.sendAnswers(given, () => answers.wipe(given));
        })
        .catch((error: unknown) => this.fail(error));
    };
    this.send({ type: 'keyboard-interactive', username: user, prompt } as AnyAuthMethod, patience.answerMs);
  }

  /** Words in a request that asks nothing. @returns whether the sign-in goes on */
  private onWords({ answers }: Begun, words: readonly string[]): boolean {
    try {
      answers.beginRound();
      for (const text of words) answers.tell(text);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** SSH's own request for another password (RFC 4252 section 8). */
  private changePassword(begun: Begun, text: string, send: (password: string) => void): void {
    clearTimeout(this.timer);
    begun.answers
      .newPassword(text)
      .then((password) => {
        begun.packets.preparePassword(begun.user, begun.password, password, () => password.wipe());
        send('');
        this.await(begun.patience.verificationMs);
      })
      .catch((error: unknown) => this.fail(error));
  }

  private send(method: AnyAuthMethod, patienceMs: number): void {
    this.await(patienceMs);
    this.next?.(method);
  }

  private await(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fail(new SessionError('timeout', `no answer within ${ms / 1000} s`)), ms);
  }

  private fail(error: unknown): void {
    this.end();
    this.begun?.onFailure(toSessionError(error));
  }
}

/**
 * A request without prompts carries words alone: "account locked", "password changed". ssh2 answers it by itself
 * and drops the words; here its handler is told first.
 * @param heard takes the words; where it returns false the request is not answered
 */
function watchRequestsWithoutPrompts(client: Client, heard: (words: readonly string[]) => boolean): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol?: { _handlers?: { USERAUTH_INFO_REQUEST?: unknown } };
  };
  const handlers = protocol?._handlers;
  const original = handlers?.USERAUTH_INFO_REQUEST;
  if (handlers === undefined || typeof original !== 'function') return;
  handlers.USERAUTH_INFO_REQUEST = (proto: unknown, name: string, instructions: string, prompts: unknown) => {
    const asks = Array.isArray(prompts) && prompts.length > 0;
    if (asks || heard([name, instructions])) original(proto, name, instructions, prompts);
  };
}
