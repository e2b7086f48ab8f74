import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { ProbeResult } from '../../../src/servers/probe.js';
import { graceMs, statusOf, surveyServers, toldSurvey } from '../../../src/servers/survey.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';
import { address, status } from '../../support/statuses.js';

const servers = ['a', 'b', 'c'].flatMap((name) => parseServerAddress(name, 22) ?? []);
const info = parseServerInfo('rating:50\nsessions:2\n');
if (!info) throw new Error('no info');
const up: ProbeResult = { kind: 'info', info, address: '10.0.0.1' };
const down: ProbeResult = { kind: 'down', reason: 'timeout', address: null };

/** Answers after a time of its own for each server. */
function asker(plan: Record<string, [ms: number, result: ProbeResult]>) {
  return ({ name }: { name: string }) => {
    const [ms, result] = plan[name] ?? [0, down];
    return new Promise<ProbeResult>((resolve) => setTimeout(() => resolve(result), ms));
  };
}

describe('a survey', () => {
  afterEach(() => void vi.useRealTimers());

  it('has one start, from which the time of each answer is counted', async () => {
    const survey = surveyServers(servers, asker({ a: [0, up], b: [0, up], c: [0, up] }), () => {});
    await survey.complete;
    const passed = Math.ceil(performance.now() - survey.startedAt);
    for (const { askedAt, ms } of survey.statuses()) {
      expect(askedAt).toBe(survey.startedAt);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(passed);
    }
  });

  it.each([
    ['up', up, true],
    ['down', down, false],
  ])('settles 150 ms after the first answer that is usable: %s', async (_, answer, isSettled) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let settled = false;
    const survey = surveyServers(servers, asker({ a: [10, answer], b: [20, answer], c: [9_000, down] }), () => {});
    void survey.settled.then(() => {
      settled = true;
    });
    await vi.advanceTimersByTimeAsync(10 + graceMs - 1);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toBe(isSettled);
    survey.stop();
    await survey.settled;
  });

  it('takes what a server tells early, until its answer, and tells each to end', async () => {
    const questions: Parameters<Parameters<typeof surveyServers>[1]>[1][] = [];
    const heard: string[] = [];
    const survey = surveyServers(
      servers.slice(0, 1),
      (_, question) => {
        questions.push(question);
        return new Promise(() => {});
      },
      ({ state }) => heard.push(state),
    );
    questions[0]?.onEarly({ kind: 'ssh-only', address: '10.0.0.1' });
    expect([heard, survey.statuses()[0]?.state]).toEqual([['unrated'], 'unrated']);
    expect(questions[0]?.signal.aborted).toBe(false);
    survey.stop();
    expect(questions[0]?.signal.aborted).toBe(true);
  });

  it('asks all at once and fills in answers as they come, in list order', async () => {
    const seen: string[][] = [];
    const survey = surveyServers(servers, asker({ a: [40, up], b: [5, down], c: [20, up] }), () =>
      seen.push(survey.statuses().map(({ state }) => state)),
    );
    await survey.complete;
    expect(seen).toEqual([
      ['checking', 'down', 'checking'],
      ['checking', 'down', 'up'],
      ['up', 'down', 'up'],
    ]);
  });

  it('settles a grace after the first usable answer, not after the last timeout', async () => {
    const survey = surveyServers(servers, asker({ a: [10, up], b: [3_000, down], c: [3_000, down] }), () => {});
    const began = performance.now();
    await survey.settled;
    expect(performance.now() - began).toBeLessThan(graceMs + 1_000);
    expect(survey.statuses().map(({ state }) => state)).toEqual(['up', 'checking', 'checking']);
    survey.stop();
  });

  it('settles at once when all have answered', async () => {
    const survey = surveyServers(servers, asker({ a: [1, up], b: [1, up], c: [1, up] }), () => {});
    const first = await Promise.race([survey.settled.then(() => 'settled'), survey.complete.then(() => 'complete')]);
    expect(['settled', 'complete']).toContain(first);
    await survey.settled;
  });

  it('does not settle on servers that are down or draining alone before all were heard', async () => {
    const draining = parseServerInfo('state:draining\nrating:40\n');
    if (!draining) throw new Error('no info');
    const plan = asker({ a: [1, down], b: [1, { kind: 'info', info: draining, address: '1' }], c: [60, down] });
    const survey = surveyServers(servers, plan, () => {});
    await survey.settled;
    expect(survey.statuses().map(({ state }) => state)).toEqual(['down', 'draining', 'down']);
  });

  it('hears nothing any more once stopped', async () => {
    let changes = 0;
    const survey = surveyServers(servers, asker({ a: [20, up], b: [20, up], c: [20, up] }), () => {
      changes += 1;
    });
    survey.stop();
    await survey.complete;
    expect(changes).toBe(0);
  });
});

describe('what an answer makes of a server', () => {
  const timing = { askedAt: 7, ms: 3 };
  const said = (text: string): ProbeResult => {
    const told = parseServerInfo(text);
    if (!told) throw new Error('no info');
    return { kind: 'info', info: told, address: '10.0.0.1' };
  };
  const of = (result: ProbeResult) => statusOf(address('a'), result, timing);

  it('is its state, with when it was asked and how long that took', () => {
    expect(of(down)).toMatchObject({ state: 'down', reason: 'timeout', address: null, rating: null, ...timing });
    expect(of({ kind: 'ssh-only', address: '10.0.0.1' })).toMatchObject({
      state: 'unrated',
      reason: null,
      address: '10.0.0.1',
      rating: null,
      info: null,
      ...timing,
    });
    expect(of(said('rating:50\nsessions-running:3\ncapacity:9\nage:4\n'))).toMatchObject({
      state: 'up',
      rating: 50,
      reason: null,
      address: '10.0.0.1',
      ...timing,
    });
  });

  it('is draining where the server says so, or rates itself 0', () => {
    expect(of(said('rating:40\nstate:draining\n')).state).toBe('draining');
    expect(of(said('rating:0\n')).state).toBe('draining');
    expect(of(said('rating:1\n')).state).toBe('up');
  });
});

describe('a survey that is told', () => {
  it('is complete at once, and as old as its oldest answer', async () => {
    const told = [30, 10, null, 20].map((askedAt, at) => ({ ...status(`s${at}`), askedAt }));
    const survey = toldSurvey(told);
    await survey.complete;
    await survey.settled;
    expect(survey.statuses()).toBe(told);
    expect(survey.startedAt).toBe(10);
    const before = performance.now();
    expect(toldSurvey([]).startedAt).toBeGreaterThanOrEqual(before);
  });
});
