import { describe, expect, it } from 'vitest';
import { parseServerInfo } from '../../src/protocol/info-service.js';
import type { ProbeResult } from '../../src/servers/probe.js';
import { graceMs, surveyServers } from '../../src/servers/survey.js';
import { parseServerAddress } from '../../src/shared/server-address.js';

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
