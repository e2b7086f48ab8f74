import { type LoginDependencies, type LoginRequest, logIn } from '../../login/login.js';
import type { Session } from '../../session/running-session.js';
import { unlessCancelled } from '../../session/unless-cancelled.js';
import type { Secret } from '../../shared/secret.js';
import type { AttemptEvent } from '../conversation/events.js';
import type { ConnectionWindowDependencies } from '../processes/connection-window-process.js';
import { ConnectionWindowProcess } from '../processes/connection-window-process.js';
import { watchSession } from './session-watch.js';

export interface AttemptDependencies {
  readonly login: LoginDependencies;
  readonly connectionWindow: ConnectionWindowDependencies;
  /** Calls back when the X server has ended; the returned function stops that. */
  readonly watchDisplay: (ended: () => void) => () => void;
}

/** One attempt to log in, and the session that it starts. It reports events and takes the user's answers. */
export class LoginAttempt {
  /** Resolves when the login has failed, or the session has ended with its hooks. */
  readonly done: Promise<void>;
  readonly #number: number;
  readonly #dependencies: AttemptDependencies;
  readonly #happened: (event: AttemptEvent) => void;
  readonly #stop = new AbortController();
  #answer: ((answer: Secret) => void) | undefined;
  #confirmFailover = (): void => {};
  #session: Session | undefined;

  /** @param request its password is wiped at the end of the login */
  constructor(
    number: number,
    request: LoginRequest,
    dependencies: AttemptDependencies,
    happened: (event: AttemptEvent) => void,
  ) {
    this.#number = number;
    this.#dependencies = dependencies;
    this.#happened = happened;
    this.done = this.#run(request);
  }

  /** Answers the server's question, if one is open. @param answer wiped by the login, or here */
  answer(answer: Secret): void {
    if (this.#answer) this.#answer(answer);
    else answer.wipe();
    this.#answer = undefined;
  }

  /** The user wants another server to get what they typed. */
  confirmFailover(): void {
    this.#confirmFailover();
  }

  /** Gives the login up, or ends the session. */
  abandon(): void {
    this.#stop.abort();
    this.#session?.close();
  }

  async #run(request: LoginRequest): Promise<void> {
    const attempt = this.#number;
    const { signal } = this.#stop;
    const outcome = await logIn(
      request,
      this.#dependencies.login,
      {
        tell: (progress) => this.#happened({ kind: 'progress', attempt, progress }),
        ask: (server, prompt) =>
          unlessCancelled(
            new Promise<Secret>((resolve) => {
              this.#answer = resolve;
              this.#happened({ kind: 'prompted', attempt, server, prompt });
            }),
            signal,
          ),
        mayGoOn: ({ server }) =>
          new Promise<boolean>((resolve) => {
            // There is no other answer: Cancel ends the attempt.
            this.#confirmFailover = () => resolve(true);
            this.#happened({ kind: 'failover-proposed', attempt, server });
          }),
      },
      signal,
    );
    request.password.wipe();
    if (outcome.kind === 'started' && signal.aborted) outcome.session.close();
    this.#happened({ kind: 'ended', attempt, outcome });
    if (outcome.kind === 'started') await this.#follow(outcome.server, outcome.session);
  }

  async #follow(server: string, session: Session): Promise<void> {
    const attempt = this.#number;
    const { connectionWindow, login, watchDisplay } = this.#dependencies;
    this.#session = session;
    let display: 'here' | 'gone' = 'here';
    const connection = new ConnectionWindowProcess(connectionWindow, server, () => session.abandon());
    session.onSilence(connection);
    const stopWatching = watchDisplay(() => {
      display = 'gone';
      login.log.error('display-lost');
      session.close();
    });
    const watched = await watchSession(
      session,
      () => this.#happened({ kind: 'session-shown', attempt }),
      () => this.#happened({ kind: 'session-settled', attempt }),
    );
    connection.close();
    stopWatching();
    this.#session = undefined;
    login.log.info('session-ended', { ...watched.end });
    this.#happened({ kind: 'session-ended', attempt, ended: { server, ...watched, display } });
  }
}
