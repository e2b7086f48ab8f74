import { isOffline } from '../login/offline.js';
import { coalesce } from '../shared/coalesce.js';
import type { GreeterBase, GreeterDependencies } from './dependencies.js';

/** ms: answers within this time are shown together. */
const answersTogetherMs = 50;

export interface CurrentDependenciesEvents {
  /** The settings have changed, or this client's address or name. */
  renewed(): void;
  /** A server has answered. Called at once. */
  learned(): void;
  /** Servers have answered. Called once for all answers of a moment. */
  serversChanged(): void;
  /** Something else that the windows show has changed. */
  changed(): void;
}

/** The current dependencies. They follow settings and network, and ask the servers again when either has changed. */
export class CurrentDependencies {
  /** All servers are being asked. */
  asking = false;
  /** This client is cut off from the network. */
  offline = false;
  #now: GreeterDependencies;
  readonly #base: Pick<GreeterBase, 'renewed' | 'watchNetwork'>;
  readonly #events: CurrentDependenciesEvents;
  #unfollow: () => void = () => {};
  #unwatch: (() => void) | undefined;

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
  }

  followServers(): void {
    this.#unfollow();
    const { monitor } = this.#now;
    const show = coalesce(answersTogetherMs, () => {
      if (monitor !== this.#now.monitor) return;
      this.#events.serversChanged();
      if (this.#noteOffline()) this.#events.changed();
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
    if (this.#noteOffline() || this.#now !== before) this.#events.changed();
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
    if (this.#noteOffline()) this.#events.changed();
  }

  #onNetworkChange(): void {
    this.lookAgain();
    // Servers and the source of their list may be reachable now.
    const { hasNetwork, monitor } = this.#now;
    if (hasNetwork && !this.asking && monitor.statuses().every(({ state }) => state === 'down')) {
      void this.askServers('list too');
    }
  }

  /** @returns whether that has changed */
  #noteOffline(): boolean {
    const before = this.offline;
    this.offline = isOffline(before, this.#now.hasNetwork, this.#now.monitor.statuses());
    return this.offline !== before;
  }
}
