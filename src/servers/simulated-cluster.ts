import { parseServerAddress, type ServerAddress } from '../settings/server-address.js';
import type { BalanceRule } from '../settings/settings.js';
import { type ServerStatus, uncheckedStatus } from './answer.js';
import { orderCandidates } from './choose.js';
import { noCircumstances } from './circumstances.js';
import { twoChoicesPlan, twoChoicesStep } from './two-choices.js';
import { shuffled } from './weighted-order.js';

/** A server's rating, 0-100, with so many sessions and logins under way. */
export type RatingFormula = (connections: number, capacity: number) => number;

/** `top` is no rule of the product's: the highest rating, believed whatever its age. It shows what the rules prevent. */
export type SimulatedRule = BalanceRule | 'top';

/** A living server in one network answers this soon. */
const answerMs = 1;
const probeTimeoutMs = 2_000;

/** Servers in memory, and logins that choose among them by the product's own rules. Times are in ms. */
export class SimulatedCluster {
  readonly sessions: number[];
  readonly alive: boolean[];
  /** When each server got its logins. */
  readonly loginTimes: number[][];
  failed = 0;
  logins = 0;
  asked = 0;
  readonly #servers: readonly ServerAddress[];
  readonly #indexOf: ReadonlyMap<string, number>;
  /** What a client knows that has asked nobody yet: how large each server is. */
  readonly #unasked: readonly ServerStatus[];
  /** What the servers answer, as of `#collectedAt`. */
  readonly #answers: ServerStatus[];
  #collectedAt = 0;

  /**
   * @param capacities one number a server
   * @param ratingAgeMs ratings are collected for everybody once in this time; 0: each login asks anew
   */
  constructor(
    readonly rule: SimulatedRule,
    readonly capacities: readonly number[],
    readonly ratingAgeMs: number,
    readonly rate: RatingFormula,
    readonly random: () => number,
  ) {
    this.sessions = capacities.map(() => 0);
    this.alive = capacities.map(() => true);
    this.loginTimes = capacities.map(() => []);
    this.#servers = capacities.map((_, index) => simulatedServer(index));
    this.#indexOf = new Map(this.#servers.map(({ name }, index) => [name, index]));
    this.#unasked = this.#servers.map((server, index) => ({
      ...uncheckedStatus(server),
      capacity: capacities[index] ?? null,
    }));
    this.#answers = this.#servers.map((_, index) => this.#answerOf(index));
  }

  /** One user logs in: the first living server in the order of the rule gets the session. */
  login(atMs: number): void {
    this.logins++;
    this.#collect(atMs);
    const taken = this.#order(atMs).find(({ server }) => this.alive[this.#index(server)]);
    const chosen = taken && this.#index(taken.server);
    if (chosen === undefined) {
      this.failed++;
      return;
    }
    this.sessions[chosen] = (this.sessions[chosen] ?? 0) + 1;
    this.loginTimes[chosen]?.push(atMs);
    if (this.ratingAgeMs === 0) this.#answers[chosen] = this.#answerOf(chosen);
  }

  /** So many of the living servers die without a word. @returns how many sessions died with them */
  kill(count: number): number {
    let lost = 0;
    for (const index of shuffled([...this.alive.keys()], this.random).slice(0, count)) {
      lost += this.sessions[index] ?? 0;
      this.sessions[index] = 0;
      this.alive[index] = false;
      if (this.ratingAgeMs === 0) this.#answers[index] = this.#answerOf(index);
    }
    return lost;
  }

  #collect(atMs: number): void {
    if (this.ratingAgeMs === 0 || atMs < this.#collectedAt + this.ratingAgeMs) return;
    this.#collectedAt = atMs - (atMs % this.ratingAgeMs);
    this.#servers.forEach((_, index) => {
      this.#answers[index] = this.#answerOf(index);
    });
  }

  /** The answers carry 0 as their time, so that this is their age. */
  #ageAt(atMs: number): number {
    return this.ratingAgeMs === 0 ? 0 : atMs - this.#collectedAt;
  }

  #order(atMs: number): readonly ServerStatus[] {
    if (this.rule === 'two-choices') return this.#twoChoices(this.#ageAt(atMs));
    if (this.ratingAgeMs === 0) this.asked += this.#servers.length;
    if (this.rule === 'top') {
      return shuffled(this.#answers, this.random).sort((a, b) => (b.rating ?? -1) - (a.rating ?? -1));
    }
    const circumstances = { ...noCircumstances, now: this.#ageAt(atMs) };
    return orderCandidates(this.rule, this.#answers, this.random, circumstances);
  }

  #twoChoices(now: number): readonly ServerStatus[] {
    const plan = twoChoicesPlan(this.#unasked, this.random, { ...noCircumstances, now });
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
    const server = this.#servers[index] ?? simulatedServer(index);
    if (!this.alive[index]) return uncheckedStatus(server, 0);
    const sessions = this.sessions[index] ?? 0;
    const capacity = this.capacities[index] ?? 1;
    const rating = this.rate(sessions, capacity);
    const state = rating === 0 ? 'draining' : 'up';
    return { ...uncheckedStatus(server, 0), state, rating, sessions, capacity, ratingAgeMs: 0 };
  }

  #index(server: ServerAddress): number {
    return this.#indexOf.get(server.name) ?? -1;
  }
}

function simulatedServer(index: number): ServerAddress {
  const server = parseServerAddress(`server${index + 1}`, 22);
  if (server === undefined) throw new Error('a server of the simulation has no name');
  return server;
}
