import { type LoginRequest, logIn } from '../login/login.js';
import { earlyEndText } from '../login/sentences.js';
import type { FromGreeter, OptionKind } from '../protocol/greeter-messages.js';
import { type DesktopPick, pickForHooks } from '../session/remote-command.js';
import type { Session } from '../session/running-session.js';
import { SessionError } from '../session/session-error.js';
import type { CommandEnd } from '../session/ssh/connection.js';
import { prepareKeyExchanges } from '../session/ssh2/hybrid-kex.js';
import type { Secret } from '../shared/secret.js';
import { ClientControls } from './client/client-controls.js';
import { type Conversation, type Effect, type Event, newConversation, step } from './conversation.js';
import { CurrentDependencies } from './current-dependencies.js';
import type { GreeterBase, GreeterDependencies } from './dependencies.js';
import { ConnectionWindow } from './processes/connection-window.js';
import { type GreeterEnd, GreeterProcess } from './processes/greeter-process.js';
import { countDeath, type Deaths } from './processes/window-deaths.js';
import { RenewalWatch } from './renewal.js';
import { AdvertisedSessions } from './session-options/advertised-sessions.js';
import { type Offers, optionOf } from './session-options/session-options.js';
import { watchSession } from './session-watch.js';
import { rowsOf, viewOf } from './view.js';

const noGuest = { button: 'none', countdown: null } as const;
/** ms that a server has to start the guest's session: often nobody is there to press Cancel. More than PAM needs. */
const unattendedStartMs = 300_000;

/** What became of it all. */
export type GreeterResult =
  | {
      readonly kind: 'session-ended';
      readonly server: string;
      readonly end: CommandEnd;
      readonly display: 'here' | 'gone';
      /** What the user may read of a session that ended within seconds. */
      readonly early: string | undefined;
    }
  | { readonly kind: 'no-greeter'; readonly why: string }
  | { readonly kind: 'no-display' }
  /** Programs were replaced, and nobody used the login screen. */
  | { readonly kind: 'renewed' }
  | { readonly kind: 'stopped' };

/**
 * The graphical login from the first window to the end of the session. The conversation decides; this carries its
 * effects out and brings it the events of the windows, the servers and the session.
 */
export class Greeter {
  private conversation: Conversation;
  private process: GreeterProcess | undefined;
  private attempt = new AbortController();
  private early: string | undefined;
  private goOn = (): void => {};
  private answer: { resolve: (answer: Secret) => void } | undefined;
  private session: Session | undefined;
  private sessionServer = '';
  private sessionEnd: CommandEnd = { kind: 'lost', cause: 'cut', detail: 'no session' };
  private display: 'here' | 'gone' = 'here';
  private deaths: Deaths = [];
  /** The login, or the session to its end. */
  private underWay: Promise<void> = Promise.resolve();
  private counting: NodeJS.Timeout | undefined;
  private readonly current: CurrentDependencies;
  private readonly seat: ClientControls;
  private readonly renewal: RenewalWatch;
  private readonly told = new AdvertisedSessions();
  /** The lists that the windows have asked for. */
  private readonly optionsAsked = new Set<OptionKind>();
  private finish: (result: GreeterResult) => void = () => {};

  constructor(
    dependencies: GreeterDependencies,
    private readonly base: GreeterBase,
  ) {
    this.conversation = newConversation(dependencies.guest?.login);
    this.current = new CurrentDependencies(dependencies, base, {
      renewed: () => this.renew(),
      learned: () => this.told.learn(this.dependencies.monitor.statuses()),
      serversChanged: () => {
        this.sendServers();
        this.sendOptions();
      },
      changed: () => this.sendView(),
    });
    this.renewal = new RenewalWatch(base.replacedProgram, dependencies.log, {
      isIdle: () => this.conversation.stage.at === 'idle' && this.conversation.countdown === null,
      idleMs: base.idleMs,
      renew: () => this.stop('renewed'),
    });
    this.seat = new ClientControls(dependencies, {
      send: (message) => this.process?.send(message),
      tell: (text) => this.happened({ kind: 'told', text }),
    });
  }

  private get dependencies(): GreeterDependencies {
    return this.current.now;
  }

  /** Shows the greeter; resolves when the session has ended, or none can be. */
  run(): Promise<GreeterResult> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.current.followServers();
      const { pendingNotice } = this.base;
      if (pendingNotice !== undefined) this.happened({ kind: 'told', text: pendingNotice });
      this.startProcess();
      void this.current.askServers();
    });
  }

  /** Ends everything that was started. */
  stop(kind: 'stopped' | 'renewed' = 'stopped'): void {
    this.attempt.abort();
    this.session?.close();
    this.process?.quit();
    this.leave();
    clearInterval(this.counting);
    // The hooks of the session's end come before ours.
    void this.underWay.finally(() => this.finish({ kind }));
  }

  private startProcess(): void {
    this.process = new GreeterProcess(this.base.startGreeter(), {
      onMessage: (message) => this.onMessage(message),
      onAnswer: (question, answer) => this.happened({ kind: 'answered', question, answer }),
      onMalformed: () => this.dependencies.log.warn('greeter-message-malformed'),
      onEnd: (end) => this.onProcessEnd(end),
    });
  }

  private onProcessEnd(end: GreeterEnd): void {
    this.process = undefined;
    if (end.kind === 'asked') return;
    const { deaths, verdict } = countDeath(this.deaths, end.kind, this.dependencies.login.now());
    this.deaths = deaths;
    const why = end.kind === 'died' ? end.why : end.kind;
    this.dependencies.log.error('greeter-died', { why, deaths: deaths.length });
    // A session that has begun does not need the windows any more; a login that is under way goes on without them.
    if (this.conversation.stage.at === 'running') return;
    if (verdict === 'give-up' && this.conversation.stage.at !== 'starting') {
      this.attempt.abort();
      this.finish(end.kind === 'no-display' ? end : { kind: 'no-greeter', why });
      return;
    }
    this.happened({ kind: 'windows-restarted', messages: verdict === 'restart' ? 'kept' : 'dropped' });
    this.startProcess();
  }

  private onMessage(message: Exclude<FromGreeter, { type: 'answer' }>): void {
    this.renewal.used();
    if (this.seat.take(message)) return;
    switch (message.type) {
      case 'ready':
        this.optionsAsked.clear();
        this.current.watchNetwork();
        this.current.lookAgain();
        this.sendView();
        this.sendServers();
        this.countDown();
        this.seat.show();
        return;
      case 'go-on':
        this.happened({ kind: 'went-on', question: message.question });
        return;
      case 'cancel':
        this.happened({ kind: 'cancelled' });
        return;
      case 'guest':
        this.happened({ kind: 'guest' });
        return;
      case 'stirred':
        this.happened({ kind: 'stirred' });
        return;
      case 'choose':
        this.happened({ kind: 'chose', choice: message.choice, offers: this.offers(message.choice) });
        this.sendServers();
        return;
      case 'options':
        this.optionsAsked.add(message.kind);
        this.sendOptions();
        return;
      case 'choose-session': {
        const session = this.offers().sessions.find(({ key }) => key === message.key);
        if (session && !this.dependencies.forced.includes('session')) this.happened({ kind: 'chose-session', session });
        return;
      }
      case 'choose-language': {
        const language = this.offers().languages.find(({ key }) => key === message.key);
        if (language && !this.dependencies.forced.includes('language'))
          this.happened({ kind: 'chose-language', language });
        return;
      }
      case 'refresh':
        this.current.lookAgain();
        void this.current.askServers('list too');
        return;
      case 'trouble':
        this.dependencies.log.warn('greeter-trouble', { text: message.text });
        return;
      case 'broken':
        this.dependencies.log.error('greeter-broken', { text: message.text });
        return;
    }
  }

  /** The settings have changed, or this client's address or name. */
  private renew(): void {
    this.seat.use(this.dependencies);
    this.happened({ kind: 'settings', guest: this.dependencies.guest?.login ?? noGuest });
    this.countDown();
  }

  /** The desktop comes, or the end. */
  private leave(): void {
    this.seat.leave();
    this.renewal.stop();
    this.current.leave();
  }

  /** Counts down from the moment at which the user can see it, and stop it. */
  private countDown(): void {
    const { countdown } = this.conversation;
    if (countdown === null || this.counting !== undefined) return;
    // Without a network the login would come to nothing, and there is no second one by itself.
    const second = (): void => {
      if (!this.current.offline) this.happened({ kind: 'second' });
    };
    this.counting = setInterval(second, 1_000);
    if (countdown === 0) second();
  }

  private happened(event: Event): void {
    const { next, effects } = step(this.conversation, event);
    this.conversation = next;
    if (next.countdown === null) {
      clearInterval(this.counting);
      this.counting = undefined;
    }
    for (const effect of effects) this.carryOut(effect);
    this.sendView();
    // The user types the password now, and the next connection does not wait for its keys.
    if (next.stage.at === 'asking') setImmediate(prepareKeyExchanges);
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'log-in':
        this.current.lookAgain();
        this.attempt = new AbortController();
        this.underWay = this.logIn(effect.attempt, { ...effect, ...this.pickFor(effect.pick) });
        return;
      case 'log-in-guest': {
        this.current.lookAgain();
        const { guest } = this.dependencies;
        if (guest === undefined) return;
        this.attempt = new AbortController();
        const { user, whose, servers: allowed } = guest;
        const request = { user, whose, password: guest.password(), allowed, startWithinMs: unattendedStartMs };
        this.underWay = this.logIn(effect.attempt, { ...effect, ...request, ...this.pickFor(effect.pick) });
        return;
      }
      case 'answer':
        if (this.answer) this.answer.resolve(effect.answer);
        else effect.answer.wipe();
        this.answer = undefined;
        return;
      case 'go-on':
        this.goOn();
        return;
      case 'forget':
        effect.answer.wipe();
        return;
      case 'give-up':
        this.attempt.abort();
        this.session?.close();
        return;
      case 'close-greeter':
        this.leave();
        this.process?.quit();
        return;
      case 'finish':
        this.finish({
          kind: 'session-ended',
          server: this.sessionServer,
          end: this.sessionEnd,
          display: this.display,
          early: this.early,
        });
        return;
    }
  }

  private pickFor(pick: DesktopPick): Pick<LoginRequest, 'command' | 'forHooks' | 'lacks'> {
    return {
      command: (given) => this.dependencies.command(pick, given),
      forHooks: pickForHooks(pick),
      lacks: (server) => this.told.lack(pick, server),
    };
  }

  private async logIn(attempt: number, request: LoginRequest): Promise<void> {
    const { signal } = this.attempt;
    const outcome = await logIn(
      request,
      this.dependencies.login,
      {
        tell: (news) => this.happened({ kind: 'news', attempt, news }),
        ask: (server, prompt) =>
          new Promise<Secret>((resolve, reject) => {
            this.answer = { resolve };
            signal.addEventListener('abort', () => reject(new SessionError('cancelled', 'at a prompt')), {
              once: true,
            });
            this.happened({ kind: 'prompted', attempt, server, prompt });
          }),
        mayGoOn: ({ server }) =>
          new Promise<boolean>((resolve) => {
            // There is no other answer: Cancel ends the attempt.
            this.goOn = () => resolve(true);
            this.happened({ kind: 'offered', attempt, server });
          }),
      },
      signal,
    );
    request.password.wipe();
    if (outcome.kind === 'started' && signal.aborted) outcome.session.close();
    this.happened({ kind: 'ended', attempt, outcome });
    if (outcome.kind === 'started') {
      this.sessionServer = outcome.server;
      await this.watch(attempt, outcome.session);
    }
  }

  /** Takes the greeter away when the desktop has its first window, and tells how the session ended. */
  private async watch(attempt: number, session: Session): Promise<void> {
    this.session = session;
    const shown = (): void => this.happened({ kind: 'session-shown', attempt });
    const connection = new ConnectionWindow(this.base.connectionWindow, this.sessionServer, () => session.abandon());
    session.onSilence(connection);
    const stopWatching = this.base.watchDisplay(() => {
      this.display = 'gone';
      this.dependencies.log.error('display-ended');
      session.close();
    });
    const { end, detail, earlySeconds } = await watchSession(session, shown);
    this.early = earlySeconds === undefined ? undefined : earlyEndText(this.sessionServer, earlySeconds, detail);
    connection.close();
    stopWatching();
    this.session = undefined;
    this.sessionEnd = end;
    this.dependencies.log.info('session-ended', { ...end });
    this.happened({ kind: 'session-ended', attempt, detail });
  }

  private sendView(): void {
    const { offline } = this.current;
    this.process?.send({ type: 'view', view: viewOf(this.conversation, { ...this.dependencies, offline }) });
  }

  private sendServers(): void {
    const { choice } = this.conversation;
    const rows = rowsOf(this.dependencies.monitor.statuses());
    this.process?.send({ type: 'servers', choice, asking: this.current.asking, rows });
  }

  private offers(choice = this.conversation.choice): Offers {
    return this.told.offers(choice, this.dependencies.monitor.statuses());
  }

  private sendOptions(): void {
    if (this.optionsAsked.size === 0) return;
    const { session, language } = this.conversation;
    const { sessions, languages } = this.offers();
    for (const kind of this.optionsAsked) {
      const chosen = kind === 'session' ? session.key : language.key;
      const rows = (kind === 'session' ? sessions : languages).map(optionOf);
      this.process?.send({ type: 'options', kind, chosen, rows });
    }
  }
}
