import { wakeServers } from '../login/waking.js';
import type { ServerRow } from '../protocol/greeter-messages.js';
import { isUsable, type ServerStatus } from '../servers/server-status.js';
import { coalesce } from '../shared/coalesce.js';
import { isOwnStep, type MissingStep, missingStep } from './client/missing-step.js';
import type { GreeterBase, GreeterDependencies } from './dependencies.js';

/** ms: answers within this time are shown together. */
const answersTogetherMs = 50;
/**
 * ms until servers of which none could be reached are asked again; twice as long each time, up to the maximum. A random
 * part of up to half is added, so that the clients of a network do not ask at the same moment.
 */
const firstPauseMs = 8_000;
const maxPauseMs = 64_000;

export interface CurrentDependenciesEvents {
  /** The settings have changed, or this client's address or name. */
  renewed(): void;
  /** A server has answered. Called at once. */
  learned(): void;
  /** Servers have answered. Called once for all answers of a moment. */
  serversChanged(): void;
  /** Something else that the windows show has changed. */
  changed(): void;
  /** Whether servers may be asked again by themselves: nobody is logging in. */
  mayAsk(): boolean;
}

/** The current dependencies. They follow settings and network, and ask the servers again when either has changed. */
export class CurrentDependencies {
  /** All servers are being asked. */
  asking = false;
  /** What a login lacks at the moment. */
  missing: MissingStep | undefined;
  #now: GreeterDependencies;
  readonly #base: Pick<GreeterBase, 'renewed' | 'watchNetwork'>;
  readonly #events: CurrentDependenciesEvents;
  #unfollow: () => void = () => {};
  #unwatch: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;
  #hasLeft = false;
  /** The servers that are being switched on. */
  readonly #waking = new Map<string, AbortController>();
  /** The network has changed while servers were being asked. */
  #hasNetworkChanged = false;

  constructor(
    dependencies: GreeterDependencies,
    base: Pick<GreeterBase, 'renewed' | 'watchNetwork'>,
    events: CurrentDependenciesEvents,
  ) {
    this.#now = dependencies;
    this.#base = base;
    this.#events = events;
  }

  get now(): GreeterDependencies {
    return this.#now;
  }

  /** Watches the network from the first call on. */
  watchNetwork(): void {
    this.#unwatch ??= this.#base.watchNetwork(() => this.#onNetworkChange());
  }

  /** Stops following servers and network. */
  leave(): void {
    this.#unwatch?.();
    this.#unfollow();
    clearTimeout(this.#again);
    for (const giveUp of this.#waking.values()) giveUp.abort();
    this.#hasLeft = true;
  }

  followServers(): void {
    this.#unfollow();
    const { monitor } = this.#now;
    const show = coalesce(answersTogetherMs, () => {
      if (monitor !== this.#now.monitor) return;
      this.#events.serversChanged();
      if (this.#noteMissing()) this.#events.changed();
    });
    this.#unfollow = monitor.onChange(() => {
      this.#events.learned();
      show();
    });
  }

  /** Takes up changes of the settings, and of this client's address and name. */
  lookAgain(): void {
    const before = this.#now;
    this.#now = this.#base.renewed(before);
    if (this.#now !== before) this.#events.renewed();
    if (this.#now.monitor !== before.monitor) {
      this.followServers();
      void this.askServers();
    }
    if (this.#noteMissing() || this.#now !== before) this.#events.changed();
  }

  /** @param what also reads the server list again from its source, and probes more thoroughly, for the server dialog */
  async askServers(what?: 'list too'): Promise<void> {
    const { monitor } = this.#now;
    this.asking = true;
    if (what === 'list too') monitor.readListAgain();
    const survey = await monitor.askAll(what === 'list too' ? 'thorough' : 'quick');
    await survey.complete;
    if (monitor !== this.#now.monitor) return;
    this.asking = false;
    this.#events.serversChanged();
    if (this.#noteMissing()) this.#events.changed();
    if (this.#hasNetworkChanged) this.#askIfOutdated();
  }

  /** Switches a server on that the user has picked in the dialog, and asks it until it can be used. */
  async wake(name: string): Promise<void> {
    const { monitor, login } = this.#now;
    const server = monitor
      .statuses()
      .find((status) => this.wakeOf(status) === 'possible' && status.server.name === name);
    if (server === undefined) return;
    const giveUp = new AbortController();
    this.#waking.set(name, giveUp);
    this.#events.serversChanged();
    await wakeServers([server.server], { ...login, monitor }, () => {}, giveUp.signal);
    this.#waking.delete(name);
    this.#events.serversChanged();
  }

  /** Whether a server can be switched on from here. */
  wakeOf(status: ServerStatus): ServerRow['wake'] {
    if (isUsable(status)) return 'no';
    if (this.#waking.has(status.server.name)) return 'under-way';
    return status.state === 'down' && this.#now.monitor.macOf(status.server) !== undefined ? 'possible' : 'no';
  }

  #onNetworkChange(): void {
    this.lookAgain();
    this.#askIfOutdated();
  }

  /** Asks again where the answers do not fit the network: servers may be reachable now, or not any more. */
  #askIfOutdated(): void {
    this.#hasNetworkChanged = this.asking;
    if (this.asking) return;
    const { hasAddress } = this.#now.health;
    const isNoneReached = this.#now.monitor.statuses().every(({ state }) => state === 'down');
    if (hasAddress === isNoneReached) void this.askServers(hasAddress ? 'list too' : undefined);
  }

  /** @returns whether that has changed */
  #noteMissing(): boolean {
    const before = this.missing;
    this.missing = missingStep(before, this.#now.health, this.#now.monitor.statuses());
    if (this.missing === undefined) this.#pauseMs = firstPauseMs;
    if (this.missing !== before || this.#again === undefined) this.#tryAgainLater();
    return this.missing !== before;
  }

  /** The kernel reports changes of the own network. Nothing reports a server that is back, or a clock that was set. */
  #tryAgainLater(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    if (this.missing === undefined || isOwnStep(this.missing) || this.#hasLeft) return;
    const ms = this.#pauseMs * (1 + Math.random() / 2);
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#pauseMs = Math.min(this.#pauseMs * 2, maxPauseMs);
      if (this.missing !== 'clock' && this.#events.mayAsk() && !this.asking) void this.askServers('list too');
      else this.lookAgain();
    }, ms);
  }
}
