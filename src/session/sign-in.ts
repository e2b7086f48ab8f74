import type { AnyAuthMethod, AuthenticationType, Client } from 'ssh2';
import type { Secret } from './secret.js';
import { SessionError, toSessionError } from './session-error.js';

/** A question of the server's. All texts are the server's own and hostile: bounded and cleaned where shown. */
export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be seen. */
  readonly echo: boolean;
}

/** Whoever answers for the user. */
export interface Dialogue {
  /** A question beyond the password that was typed. Rejects when the user gives up. */
  ask(prompt: Prompt): Promise<Secret>;
  /** Words of the server's that want no answer. */
  tell(text: string): void;
}

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

/**
 * The conversation of RFC 4252 and RFC 4256 on one connection: first `none`, to learn what is offered (as OpenSSH
 * does, and not counted as a failure there), then keyboard-interactive or password, further factors as asked.
 * Credentials that were refused are never sent a second time.
 */
export class SignIn {
  private next: NextMethod | undefined;
  private request: SignInRequest | undefined;
  private readonly banners: string[] = [];
  private tried = new Set<string>();
  private passwordUsed = false;
  private answered = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param onVerified called once, when the server takes sign-ins on the verified connection */
  constructor(private readonly onVerified: () => void) {}

  /** ssh2's auth handler: the server is ready for the first method, or has refused the last. */
  onServerReady(methods: readonly AuthenticationType[] | null, partial: boolean | null, next: unknown): void {
    this.next = next as NextMethod;
    if (this.request === undefined) this.onVerified();
    else this.onRefused(methods ?? [], partial === true);
  }

  /** The server's words before or during the sign-in (RFC 4252 section 5.4). */
  onBanner(text: string): void {
    if (this.request) this.request.dialogue.tell(text);
    else if (this.banners.length < mostEarlyBanners) this.banners.push(text);
  }

  begin(client: Client, request: SignInRequest): void {
    this.request = request;
    for (const text of this.banners.splice(0)) request.dialogue.tell(text);
    client.on('change password', (text, done) => {
      this.changePassword(text).then(
        (password) => {
          // ssh2 builds the reply (RFC 4252 section 8) from the user and password of its configuration.
          const { config } = client as unknown as { config: { username: string; password?: string | undefined } };
          config.username = request.user;
          config.password = request.password.reveal();
          done(password.reveal());
          config.password = undefined;
          password.wipe();
          this.await(request.patience.verificationMs);
        },
        (error: unknown) => this.fail(error),
      );
    });
    tellSilentRequests(client, (text) => request.dialogue.tell(text));
    this.send({ type: 'none', username: request.user }, request.patience.answerMs);
  }

  /**
   * What an error means at this point: a server that has the answers and then says goodbye in so many words (as sshd
   * does at MaxAuthTries) has refused them; one that just vanishes has not.
   */
  judge(error: unknown): SessionError {
    const saidSo = error instanceof Error && 'code' in error && typeof error.code === 'number';
    return this.answered && saidSo ? new SessionError('wrong-credentials', error.message) : toSessionError(error);
  }

  /** The sign-in is over, one way or the other. */
  end(): void {
    clearTimeout(this.timer);
  }

  private onRefused(methods: readonly string[], partial: boolean): void {
    const { request } = this;
    if (request === undefined) return;
    if (this.answered && !partial) {
      this.fail(new SessionError('wrong-credentials', `the server takes: ${methods.join(', ')}`));
      return;
    }
    if (partial) this.tried.clear();
    this.answered = false;
    const method = ['keyboard-interactive', 'password'].find((one) => methods.includes(one) && !this.tried.has(one));
    if (method === undefined) {
      this.fail(new SessionError('no-method', `the server takes: ${methods.join(', ')}`));
      return;
    }
    this.tried.add(method);
    if (method === 'password') this.sendPassword(request);
    else this.startKeyboardInteractive(request);
  }

  private sendPassword(request: SignInRequest): void {
    this.answer({ text: 'Password: ', echo: false }).then(
      (password) => {
        this.answered = true;
        this.send(
          { type: 'password', username: request.user, password: password.reveal() },
          request.patience.verificationMs,
        );
      },
      (error: unknown) => this.fail(error),
    );
  }

  private startKeyboardInteractive(request: SignInRequest): void {
    const prompt = (
      name: string,
      instructions: string,
      _language: string,
      prompts: readonly KeyboardPrompt[],
      finish: (answers: string[]) => void,
    ): void => {
      clearTimeout(this.timer);
      for (const text of [name, instructions]) if (text.trim() !== '') request.dialogue.tell(text);
      this.answerAll(prompts).then(
        (answers) => {
          this.answered = true;
          this.await(request.patience.verificationMs);
          finish(answers);
        },
        (error: unknown) => this.fail(error),
      );
    };
    this.send(
      { type: 'keyboard-interactive', username: request.user, prompt } as AnyAuthMethod,
      request.patience.answerMs,
    );
  }

  private async answerAll(prompts: readonly KeyboardPrompt[]): Promise<string[]> {
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const answer = await this.answer({ text: prompt, echo: echo === true });
      answers.push(answer.reveal());
    }
    return answers;
  }

  /** The password that was typed answers the first hidden prompt; everything else is asked. */
  private async answer(prompt: Prompt): Promise<Secret> {
    const { request } = this;
    if (request === undefined) throw new SessionError('protocol', 'asked before the sign-in began');
    if (!prompt.echo && !this.passwordUsed) {
      this.passwordUsed = true;
      return request.password;
    }
    return request.dialogue.ask(prompt);
  }

  private changePassword(text: string): Promise<Secret> {
    clearTimeout(this.timer);
    const { request } = this;
    if (request === undefined) return Promise.reject(new SessionError('protocol', 'asked before the sign-in began'));
    return request.dialogue.ask({ text: text.trim() === '' ? 'New password: ' : text, echo: false });
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
    this.request?.onFailure(toSessionError(error));
  }
}

/**
 * A request without prompts carries words alone: "account locked", "password changed". ssh2 answers it by itself
 * and drops the words; here its handler is told first.
 */
function tellSilentRequests(client: Client, tell: (text: string) => void): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol?: { _handlers?: { USERAUTH_INFO_REQUEST?: unknown } };
  };
  const handlers = protocol?._handlers;
  const original = handlers?.USERAUTH_INFO_REQUEST;
  if (handlers === undefined || typeof original !== 'function') return;
  handlers.USERAUTH_INFO_REQUEST = (proto: unknown, name: string, instructions: string, prompts: unknown) => {
    if (!Array.isArray(prompts) || prompts.length === 0) {
      for (const text of [name, instructions]) if (text?.trim()) tell(text);
    }
    original(proto, name, instructions, prompts);
  };
}
