import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CountdownTimer } from '../../../src/greeter/countdown-timer.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a countdown ticks each second until it is stopped', () => {
  const second = vi.fn();
  const timer = new CountdownTimer(second);
  timer.start(5);
  expect(second).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(second).toHaveBeenCalledTimes(2);
  timer.stop();
  vi.advanceTimersByTime(2_000);
  expect(second).toHaveBeenCalledTimes(2);
});

it('a countdown that has begun does not begin again', () => {
  const second = vi.fn();
  const timer = new CountdownTimer(second);
  timer.start(5);
  timer.start(5);
  vi.advanceTimersByTime(1_000);
  expect(second).toHaveBeenCalledOnce();
  timer.stop();
});

it('a countdown of 0 seconds ticks at once', () => {
  const second = vi.fn();
  const timer = new CountdownTimer(second);
  timer.start(0);
  timer.stop();
  expect(second).toHaveBeenCalledOnce();
});

it('nothing ticks where there is no countdown', () => {
  new CountdownTimer(() => {}).start(null);
  expect(vi.getTimerCount()).toBe(0);
});
