import { freshForMs } from '../servers/balancing/rating-age.js';
import type { ServerList } from '../servers/discovery/server-list.js';
import type { ProbeResult, Question } from '../servers/probe.js';
import { type ServerStatus, uncheckedStatus } from '../servers/server-status.js';
import { type Survey, statusOf, surveyServers, toldSurvey } from '../servers/survey.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';

export interface ServerMonitorDependencies {
  gather(): Promise<ServerList>;
  /** Asks one server. Ends in bounded time and never throws. */
  ask(server: ServerAddress, question: Question): Promise<ProbeResult>;
}

/**
 * The servers of this client and the last answer of each. They are asked only when their answers are needed; no timer
 * asks. Where the list itself has the state of each server (etcd), it is read again instead, once for all callers that
 * need it at the same time.
 */
export class ServerMonitor {
  #latest: Promise<ServerList> | undefined;
  #last: ServerList | undefined;
  #list: readonly ServerAddress[] = [];
  /** The current reading, for all callers that need it. */
  #reading: Promise<ServerList> | undefined;
  /** The list, while no round of questions has used it. */
  #unused: ServerList | undefined;
  #readAt = 0;
  readonly #known = new Map<string, ServerStatus>();
  #survey: Survey | undefined;
  readonly #listeners = new Set<() => void>();

  readonly #dependencies: ServerMonitorDependencies;

  constructor(dependencies: ServerMonitorDependencies) {
    this.#dependencies = dependencies;
  }

  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The current state of each server, in list order; empty before the list was gathered. */
  statuses(): readonly ServerStatus[] {
    return this.#list.map((server) => this.#known.get(serverKey(server)) ?? uncheckedStatus(server));
  }

  /** The hardware address of a server that can be switched on over the network; undefined where the list names none. */
  macOf(server: ServerAddress): string | undefined {
    return this.#last?.macOf(server);
  }

  /** The list as it was last read; gathered on first use. */
  servers(): Promise<ServerList> {
    this.#latest ??= this.#read(this.#dependencies.gather());
    return this.#latest;
  }

  /** Asks every server now; an older round that is still running is stopped. */
  async askAll(care: Question['care'] = 'quick'): Promise<Survey> {
    const { servers, told } = await this.#listNow();
    this.#survey?.stop();
    this.#known.clear();
    const survey = told
      ? toldSurvey(told)
      : surveyServers(
          servers,
          (server, question) => this.#dependencies.ask(server, { ...question, care }),
          (status) => this.#learn(status),
        );
    for (const status of told ?? []) this.#known.set(serverKey(status.server), status);
    this.#survey = survey;
    this.#changed();
    return survey;
  }

  /** Asks one server now. Resolves as soon as it is known whether it can be chosen. */
  askOne(server: ServerAddress): Promise<ServerStatus> {
    const askedAt = performance.now();
    return new Promise((resolve) => {
      const onEarly = (result: ProbeResult): void => {
        const status = statusOf(server, result, { askedAt, ms: Math.round(performance.now() - askedAt) });
        this.#learn(status);
        resolve(status);
      };
      const { signal } = new AbortController();
      void this.#dependencies.ask(server, { signal, care: 'quick', onEarly }).then(onEarly);
    });
  }

  /** The last round of asking all, unless it is too old. */
  freshSurvey(): Survey | undefined {
    const survey = this.#survey;
    return survey && performance.now() - survey.startedAt <= freshForMs ? survey : undefined;
  }

  /** The list for a round of questions: read again where possible, unless it was read for this round. */
  #listNow(): Promise<ServerList> {
    this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The next use asks the source of the list again. */
  readListAgain(): void {
    this.#latest = undefined;
  }

  async #readAgain(): Promise<ServerList> {
    const list = await this.servers();
    const isNew = this.#unused === list && performance.now() - this.#readAt <= freshForMs;
    this.#unused = undefined;
    if (isNew || list.again === undefined) return list;
    this.#latest = this.#read(list.again());
    const next = await this.#latest;
    this.#unused = undefined;
    return next;
  }

  async #read(reading: Promise<ServerList>): Promise<ServerList> {
    const list = this.#better(await reading);
    this.#list = list.servers;
    this.#unused = list;
    this.#readAt = performance.now();
    return list;
  }

  /** The last good list stays in use while the source gives no other. */
  #better(next: ServerList): ServerList {
    const before = this.#last;
    if (!next.isLastResort || before === undefined || before.source === 'default') {
      this.#last = next;
      return next;
    }
    const { told: _old, ...list } = before;
    return { ...list, isLastResort: true, ...(next.again && { again: next.again }) };
  }

  #learn(status: ServerStatus): void {
    this.#known.set(serverKey(status.server), status);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
