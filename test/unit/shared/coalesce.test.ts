import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesce } from '../../../src/shared/coalesce.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('makes one call of many that come within its time', () => {
  const call = vi.fn();
  const soon = coalesce(50, call);
  for (let i = 0; i < 300; i += 1) soon();
  expect(call).not.toHaveBeenCalled();
  vi.advanceTimersByTime(50);
  expect(call).toHaveBeenCalledTimes(1);
});

it('makes the call within its time, though more keep coming', () => {
  const call = vi.fn();
  const soon = coalesce(50, call);
  for (let ms = 0; ms < 200; ms += 10) {
    soon();
    vi.advanceTimersByTime(10);
  }
  expect(call.mock.calls.length).toBeGreaterThanOrEqual(3);
});

it('calls again for what comes later', () => {
  const call = vi.fn();
  const soon = coalesce(50, call);
  soon();
  vi.advanceTimersByTime(60);
  soon();
  vi.advanceTimersByTime(60);
  expect(call).toHaveBeenCalledTimes(2);
});
