import { performance } from 'node:perf_hooks';
import { type ServerStatus, uncheckedStatus } from '../servers/answer.js';
import type { ProbeResult } from '../servers/probe.js';
import type { ServerList } from '../servers/server-list.js';
import { type Survey, surveyServers } from '../servers/survey.js';
import type { ServerAddress } from '../settings/server-address.js';

/** Answers older than this, in ms, are asked anew when a login needs them. */
export const freshMs = 5_000;

export interface FleetTools {
  gather(): Promise<ServerList>;
  /** Asks one server, ends in bounded time and never throws. */
  ask(server: ServerAddress, signal: AbortSignal): Promise<ProbeResult>;
}

/**
 * The servers of this client and what each said last. They are asked at need only: no timer ever asks.
 */
export class Fleet {
  private gathered: Promise<ServerList> | undefined;
  private list: ServerList | undefined;
  private survey: Survey | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly tools: FleetTools) {}

  /** Calls back whenever something was learnt, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What is known by now, in list order; empty before the list was gathered. */
  statuses(): readonly ServerStatus[] {
    return this.survey?.statuses() ?? this.list?.servers.map((server) => uncheckedStatus(server)) ?? [];
  }

  /** The list, gathered once: who names the servers does not change while a greeter stands. */
  servers(): Promise<ServerList> {
    this.gathered ??= this.tools.gather().then((list) => {
      this.list = list;
      return list;
    });
    return this.gathered;
  }

  /** Asks every server now; an older round that is still under way is given up. */
  async ask(): Promise<Survey> {
    const { servers } = await this.servers();
    this.survey?.stop();
    const survey = surveyServers(
      servers,
      (server, signal) => this.tools.ask(server, signal),
      () => this.changed(),
    );
    this.survey = survey;
    void survey.complete.then(() => this.changed());
    this.changed();
    return survey;
  }

  /** What is known, not older than {@link freshMs}, as soon as waiting longer would hardly change a choice. */
  async fresh(): Promise<readonly ServerStatus[]> {
    const last = this.survey;
    const survey = last && performance.now() - last.startedAt <= freshMs ? last : await this.ask();
    await survey.settled;
    return survey.statuses();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
