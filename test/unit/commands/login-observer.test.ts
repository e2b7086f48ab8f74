import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CommandObserver } from '../../../src/commands/terminal/login-observer.js';
import type { Failure } from '../../../src/login/outcome.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const dead: Failure = { server: 's1', code: 'refused', detail: '' };
function observer() {
  const lines: string[] = [];
  return {
    lines,
    told: new CommandObserver(
      undefined,
      () => {},
      (line) => lines.push(line),
    ),
  };
}

it('ldm login leaves a server that failed to the list at the end, when the login fails', () => {
  const { lines, told } = observer();
  told.tell({ kind: 'failed', failure: dead, phase: 'connecting' });
  told.over({ kind: 'none-left', failures: [dead] });
  expect(lines).toEqual([]);
  expect(told.hasTold(dead)).toBe(false);
});

it('ldm login tells it once, when the login goes on elsewhere', () => {
  const { lines, told } = observer();
  told.tell({ kind: 'failed', failure: dead, phase: 'connecting' });
  told.over({ kind: 'wrong-credentials', server: 's2' });
  expect(lines).toEqual(['ldm: s1: refuses connections.\n']);
});

it('ldm login says what it waits for when that takes longer than 3 s, and not afterwards', () => {
  const { lines, told } = observer();
  told.tell({ kind: 'connecting', servers: ['s1'] });
  vi.advanceTimersByTime(2_000);
  told.tell({ kind: 'signing-in', server: 's1' });
  vi.advanceTimersByTime(2_000);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(lines).toEqual(['ldm: Signing in on s1...\n']);
  told.over({ kind: 'cancelled' });
  vi.advanceTimersByTime(60_000);
  expect(lines.length).toBe(1);
});

it('ldm login gives nothing to another server without a terminal to ask', async () => {
  expect(await observer().told.mayGoOn(dead, new AbortController().signal)).toBe(false);
});
