import type { FromGreeter } from '../protocol/greeter-messages.js';
import { prepareKeyExchanges } from '../session/ssh2/hybrid-kex.js';
import { LoginAttempt } from './attempt/login-attempt.js';
import { loginRequest } from './attempt/login-request.js';
import { ClientControls } from './client/client-controls.js';
import { isCutOff } from './client/missing-step.js';
import { type Conversation, newConversation } from './conversation/conversation.js';
import type { Effect, Event } from './conversation/events.js';
import { step } from './conversation/step.js';
import { CountdownTimer } from './countdown-timer.js';
import { CurrentDependencies } from './current-dependencies.js';
import type { GreeterBase, GreeterDependencies } from './dependencies.js';
import type { GreeterResult } from './greeter-result.js';
import { earlyEndNotice } from './presenter/status-lines.js';
import { rowsOf, viewOf } from './presenter/view.js';
import { Windows } from './processes/windows.js';
import { RenewalWatch } from './renewal.js';
import { OptionLists } from './session-options/option-lists.js';

const noGuest = { button: 'none', countdown: null } as const;

/**
 * The graphical login from the first window to the end of the session. The conversation decides. This class passes it
 * the events of windows, servers and session, and carries out its effects.
 */
export class Greeter {
  #conversation: Conversation;
  #attempt: LoginAttempt | undefined;
  readonly #base: GreeterBase;
  readonly #current: CurrentDependencies;
  readonly #windows: Windows;
  readonly #controls: ClientControls;
  readonly #renewal: RenewalWatch;
  readonly #countdown: CountdownTimer;
  readonly #options: OptionLists;
  /** Gives the X server its own times again. */
  #unrest: (() => void) | undefined;
  #finish: (result: GreeterResult) => void = () => {};

  constructor(dependencies: GreeterDependencies, base: GreeterBase) {
    const { log } = dependencies;
    this.#base = base;
    this.#conversation = newConversation(dependencies.guest?.login);
    this.#options = new OptionLists(() => this.#now.monitor.statuses());
    this.#current = new CurrentDependencies(dependencies, base, {
      renewed: () => this.#onSettingsChanged(),
      learned: () => this.#options.learn(),
      serversChanged: () => {
        this.#sendServers();
        this.#sendOptions();
      },
      changed: () => this.#sendView(),
      mayAsk: () => this.#conversation.stage.at === 'user-name' || this.#conversation.stage.at === 'password',
    });
    this.#countdown = new CountdownTimer(() => {
      // The login would fail, and it is tried only once.
      if (!isCutOff(this.#current.missing)) this.#happened({ kind: 'second-elapsed' });
    });
    this.#windows = new Windows(
      { start: base.startGreeter, now: () => this.#now.login.now(), log },
      () => this.#conversation.stage.at !== 'starting',
      {
        message: (message) => this.#onMessage(message),
        answer: (question, answer) => this.#happened({ kind: 'answered', question, answer }),
        restarted: (messages) => this.#happened({ kind: 'windows-restarted', messages }),
        gaveUp: (end) => {
          this.#attempt?.abandon();
          this.#finish(end.kind === 'no-display' ? end : { kind: 'no-greeter', why: end.why });
        },
      },
    );
    this.#renewal = new RenewalWatch(base.replacedProgram, log, {
      isIdle: () => this.#conversation.stage.at === 'user-name' && this.#conversation.countdown === null,
      idleMs: base.idleMs,
      renew: () => this.stop('renewed'),
    });
    this.#controls = new ClientControls(dependencies, {
      send: (message) => this.#windows.send(message),
      failed: (failure) => this.#happened({ kind: 'control-failed', failure }),
    });
  }

  get #now(): GreeterDependencies {
    return this.#current.now;
  }

  /** Shows the greeter; resolves when the session has ended, or no session can start. */
  run(): Promise<GreeterResult> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#current.followServers();
      const { pendingNotice } = this.#base;
      if (pendingNotice !== undefined) this.#happened({ kind: 'notice', text: pendingNotice });
      this.#windows.start();
      void this.#current.askServers();
    });
  }

  /** Ends everything that was started. */
  stop(kind: 'stopped' | 'renewed' = 'stopped'): void {
    this.#attempt?.abandon();
    this.#windows.quit();
    this.#leave();
    this.#controls.stopAids();
    this.#countdown.stop();
    // The hooks of the session's end run first.
    void Promise.resolve(this.#attempt?.done).finally(() => this.#finish({ kind }));
  }

  #onMessage(message: Exclude<FromGreeter, { type: 'answer' }>): void {
    this.#renewal.used();
    if (this.#controls.take(message)) return;
    switch (message.type) {
      case 'ready':
        this.#onWindowsReady();
        return;
      case 'confirm-failover':
        this.#happened({ kind: 'failover-confirmed', question: message.question });
        return;
      case 'cancel':
        this.#happened({ kind: 'cancelled' });
        return;
      case 'guest-login':
        this.#happened({ kind: 'guest-login-requested' });
        return;
      case 'user-active':
        this.#happened({ kind: 'user-active' });
        return;
      case 'choose-server': {
        const { choice } = message;
        this.#happened({ kind: 'server-chosen', choice, options: this.#options.options(choice) });
        this.#sendServers();
        return;
      }
      case 'request-options':
        this.#options.request(message.kind);
        this.#sendOptions();
        return;
      case 'choose-session': {
        const session = this.#options.findSession(this.#conversation.choice, message.key);
        if (session && !this.#now.forced.includes('session')) this.#happened({ kind: 'session-chosen', session });
        return;
      }
      case 'choose-language': {
        const language = this.#options.findLanguage(this.#conversation.choice, message.key);
        if (language && !this.#now.forced.includes('language')) this.#happened({ kind: 'language-chosen', language });
        return;
      }
      case 'refresh':
        this.#current.lookAgain();
        void this.#current.askServers('list too');
        return;
      case 'wake-server':
        void this.#current.wake(message.name);
        return;
      case 'warning':
        this.#now.log.warn('greeter-warning', { text: message.text });
        return;
      case 'crashed':
        this.#now.log.error('greeter-internal-error', { text: message.text });
        return;
    }
  }

  /** New windows show everything from the start. The countdown begins when the user can see and stop it. */
  #onWindowsReady(): void {
    this.#options.forgetRequests();
    this.#current.watchNetwork();
    this.#unrest ??= this.#base.restScreen((state) => this.#windows.send({ type: 'screen', state }));
    this.#current.lookAgain();
    this.#sendView();
    this.#sendServers();
    this.#countdown.start(this.#conversation.countdown);
    this.#controls.show();
  }

  /** The settings have changed, or this client's address or name. */
  #onSettingsChanged(): void {
    this.#controls.use(this.#now);
    this.#happened({ kind: 'guest-settings-changed', guest: this.#now.guest?.login ?? noGuest });
    this.#countdown.start(this.#conversation.countdown);
  }

  /** The desktop takes over, or the greeter ends. */
  #leave(): void {
    this.#controls.leave();
    this.#renewal.stop();
    this.#unrest?.();
    this.#current.leave();
  }

  #happened(event: Event): void {
    const { next, effects } = step(this.#conversation, event);
    this.#conversation = next;
    if (next.countdown === null) this.#countdown.stop();
    for (const effect of effects) this.#carryOut(effect);
    this.#sendView();
    // The user types the password now, and the next connection does not wait for its keys.
    if (next.stage.at === 'password') setImmediate(prepareKeyExchanges);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'log-in':
      case 'log-in-guest':
        this.#logIn(effect);
        return;
      case 'send-answer':
        if (this.#attempt) this.#attempt.answer(effect.answer);
        else effect.answer.wipe();
        return;
      case 'confirm-failover':
        this.#attempt?.confirmFailover();
        return;
      case 'wipe-answer':
        effect.answer.wipe();
        return;
      case 'abandon-attempt':
        this.#attempt?.abandon();
        return;
      case 'hide-windows':
        this.#leave();
        this.#windows.hide();
        return;
      case 'close-windows':
        this.#windows.quit();
        this.#controls.stopAids();
        return;
      case 'finish': {
        this.#controls.stopAids();
        const { server, end, display } = effect.ended;
        this.#finish({ kind: 'session-ended', server, end, display, early: earlyEndNotice(effect.ended) });
        return;
      }
    }
  }

  #logIn(effect: Extract<Effect, { kind: 'log-in' | 'log-in-guest' }>): void {
    this.#current.lookAgain();
    const request = loginRequest(effect, () => this.#now, this.#options.advertised);
    if (request === undefined) {
      this.#happened({ kind: 'ended', attempt: effect.attempt, outcome: { kind: 'cancelled' } });
      return;
    }
    const { connectionWindow, watchDisplay } = this.#base;
    const dependencies = { login: this.#now.login, connectionWindow, watchDisplay };
    this.#attempt = new LoginAttempt(effect.attempt, request, dependencies, (event) => this.#happened(event));
  }

  #sendView(): void {
    const { missing } = this.#current;
    const servers = this.#now.monitor.statuses();
    this.#windows.send({ type: 'view', view: viewOf(this.#conversation, { ...this.#now, missing, servers }) });
  }

  #sendServers(): void {
    const { choice } = this.#conversation;
    const rows = rowsOf(this.#now.monitor.statuses(), (status) => this.#current.wakeOf(status));
    this.#windows.send({ type: 'servers', choice, asking: this.#current.asking, rows });
  }

  #sendOptions(): void {
    for (const message of this.#options.messages(this.#conversation)) this.#windows.send(message);
  }
}
