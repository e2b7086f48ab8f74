import type { Affinity } from '../servers/balancing/balancing-context.js';
import { type BalancingContext, emptyContext } from '../servers/balancing/balancing-context.js';
import { orderCandidates } from '../servers/balancing/choose.js';
import { twoChoicesPlan, twoChoicesStep } from '../servers/balancing/two-choices.js';
import { type ServerStatus, uncheckedStatus } from '../servers/server-status.js';
import type { BalanceRule } from '../settings/settings.js';
import { parseServerAddress, type ServerAddress } from '../shared/server-address.js';
import { shuffled } from '../shared/weighted-order.js';

/** The rating of a server, 0-100, by its number of connections and its capacity. */
export type RatingFormula = (connections: number, capacity: number) => number;

/** `top` is not a rule of the product: the highest rating wins, whatever its age. It shows what the rules prevent. */
export type SimulatedRule = BalanceRule | 'top';

/** ms until a living server answers. */
const answerMs = 1;
const probeTimeoutMs = 2_000;

/** A server of the simulation. Its number does not change when other servers are added or removed. */
export interface SimulatedServer {
  readonly number: number;
  /** Maximum number of sessions. */
  readonly capacity: number;
}

export interface ClusterOptions {
  readonly rule: SimulatedRule;
  readonly servers: readonly SimulatedServer[];
  /** All ratings are collected together at this interval, in ms. 0: each login asks the servers. */
  readonly ratingAgeMs: number;
  /** A person's numbers for the rule `affinity`. */
  readonly affinityOf: (person: number) => Affinity;
  readonly rate: RatingFormula;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
}

/** Simulated servers, and logins that choose among them by the rules of the product. Times are in ms. */
export class SimulatedCluster {
  readonly sessions: number[];
  readonly alive: boolean[];
  /** The times of the logins of each server. */
  readonly loginTimes: number[][];
  failed = 0;
  logins = 0;
  asked = 0;
  /** The server of each person, as an index into `options.servers`. */
  readonly places = new Map<number, number>();
  readonly #servers: readonly ServerAddress[];
  readonly #indexOf: ReadonlyMap<string, number>;
  /** What a client knows before it asks: the capacity of each server. */
  readonly #unasked: readonly ServerStatus[];
  /** The answers of the servers at `#collectedAt`. */
  readonly #answers: ServerStatus[];
  #collectedAt = 0;

  constructor(readonly options: ClusterOptions) {
    const { servers } = options;
    this.sessions = servers.map(() => 0);
    this.alive = servers.map(() => true);
    this.loginTimes = servers.map(() => []);
    this.#servers = servers.map(({ number }) => simulatedAddress(number));
    this.#indexOf = new Map(this.#servers.map(({ name }, index) => [name, index]));
    this.#unasked = this.#servers.map((server, index) => ({
      ...uncheckedStatus(server),
      capacity: this.#capacity(index),
    }));
    this.#answers = this.#servers.map((_, index) => this.#answerOf(index));
  }

  /** One login: the first living server in the order of the rule gets the session. */
  login(atMs: number, person: number): void {
    this.logins++;
    this.#collect(atMs);
    const taken = this.#order(atMs, person).find(({ server }) => this.alive[this.#index(server)]);
    const chosen = taken && this.#index(taken.server);
    if (chosen === undefined) {
      this.failed++;
      return;
    }
    this.places.set(person, chosen);
    this.sessions[chosen] = (this.sessions[chosen] ?? 0) + 1;
    this.loginTimes[chosen]?.push(atMs);
    if (this.options.ratingAgeMs === 0) this.#answers[chosen] = this.#answerOf(chosen);
  }

  /** Makes this many servers die silently. @returns the people whose sessions are lost */
  kill(count: number): number[] {
    const dead = new Set(shuffled([...this.alive.keys()], this.options.random).slice(0, count));
    const lost = [...this.places].filter(([, index]) => dead.has(index)).map(([person]) => person);
    for (const person of lost) this.places.delete(person);
    for (const index of dead) {
      this.sessions[index] = 0;
      this.alive[index] = false;
      if (this.options.ratingAgeMs === 0) this.#answers[index] = this.#answerOf(index);
    }
    return lost;
  }

  #collect(atMs: number): void {
    const { ratingAgeMs } = this.options;
    if (ratingAgeMs === 0 || atMs < this.#collectedAt + ratingAgeMs) return;
    this.#collectedAt = atMs - (atMs % ratingAgeMs);
    this.#servers.forEach((_, index) => {
      this.#answers[index] = this.#answerOf(index);
    });
  }

  /** The clock for the answers, whose `askedAt` is 0: their age. */
  #ageAt(atMs: number): number {
    return this.options.ratingAgeMs === 0 ? 0 : atMs - this.#collectedAt;
  }

  #order(atMs: number, person: number): readonly ServerStatus[] {
    const { rule, ratingAgeMs, affinityOf, random } = this.options;
    const now = this.#ageAt(atMs);
    if (rule === 'two-choices') return this.#twoChoices(now, emptyContext);
    if (rule === 'affinity') return this.#twoChoices(now, { ...emptyContext, affinity: affinityOf(person) });
    if (ratingAgeMs === 0) this.asked += this.#servers.length;
    if (rule === 'top') {
      return shuffled(this.#answers, random).sort((a, b) => (b.rating ?? -1) - (a.rating ?? -1));
    }
    return orderCandidates(rule, this.#answers, random, { ...emptyContext, now });
  }

  #twoChoices(now: number, context: BalancingContext): readonly ServerStatus[] {
    const plan = twoChoicesPlan(this.#unasked, this.options.random, { ...context, now });
    const due: { readonly atMs: number; readonly answer: ServerStatus }[] = [];
    let asked = 0;
    for (let elapsedMs = 0; ; ) {
      const answers = due.filter(({ atMs }) => atMs <= elapsedMs).map(({ answer }) => answer);
      const step = twoChoicesStep(plan, { asked, answers, elapsedMs }, probeTimeoutMs, now);
      if (step.kind === 'decided') {
        this.asked += asked;
        return step.order;
      }
      asked += step.servers.length;
      for (const index of step.servers.map(({ server }) => this.#index(server))) {
        const answer = this.#answers[index];
        if (answer && this.alive[index]) due.push({ atMs: elapsedMs + answerMs, answer });
      }
      elapsedMs = Math.min(step.againAtMs, ...due.map(({ atMs }) => atMs).filter((atMs) => atMs > elapsedMs));
    }
  }

  #answerOf(index: number): ServerStatus {
    const server = this.#servers[index] ?? simulatedAddress(index);
    if (!this.alive[index]) return uncheckedStatus(server, 0);
    const sessions = this.sessions[index] ?? 0;
    const capacity = this.#capacity(index);
    const rating = this.options.rate(sessions, capacity);
    const state = rating === 0 ? 'draining' : 'up';
    return { ...uncheckedStatus(server, 0), state, rating, sessions, capacity, ratingAgeMs: 0 };
  }

  #capacity(index: number): number {
    return this.options.servers[index]?.capacity ?? 1;
  }

  #index(server: ServerAddress): number {
    return this.#indexOf.get(server.name) ?? -1;
  }
}

function simulatedAddress(number: number): ServerAddress {
  const server = parseServerAddress(`server${number + 1}`, 22);
  if (server === undefined) throw new Error('internal error: invalid name of a simulated server');
  return server;
}
