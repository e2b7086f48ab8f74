import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endInOrderOnError, type GuardedProcess } from '../../../src/commands/common/last-resort.js';
import { createLog } from '../../../src/shared/log/log.js';

class FakeProcess extends EventEmitter implements GuardedProcess {
  readonly exit = vi.fn();
}

function guard() {
  const fake = new FakeProcess();
  const seen = { ends: 0, log: '' };
  const log = createLog(7, (line) => {
    seen.log += line;
  });
  const lastResort = endInOrderOnError(log, () => (seen.ends += 1), fake);
  return { fake, seen, lastResort };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('an error that nobody caught', () => {
  it.each(['uncaughtException', 'unhandledRejection'] as const)('ends the session in order (%s)', (event) => {
    const { fake, seen, lastResort } = guard();
    lastResort.check();
    const error = new Error('a bug', { cause: new Error('its cause') });
    fake.emit(event, error);
    expect(seen.ends).toBe(1);
    expect(seen.log).toMatch(/^error internal-error error="Error: a bug.*Caused by: Error: its cause/);
    expect(() => lastResort.check()).toThrow(
      expect.objectContaining({ name: 'CommandError', exitCode: 70, cause: error }),
    );
    expect(fake.exit).not.toHaveBeenCalled();
  });

  it('ends it once, and each further error is logged', () => {
    const { fake, seen } = guard();
    fake.emit('unhandledRejection', new Error('first'));
    fake.emit('uncaughtException', 'second');
    expect(seen.ends).toBe(1);
    expect(seen.log).toContain('error internal-error error=second\n');
  });

  it('ends the process when the end in order takes too long', () => {
    const { fake } = guard();
    fake.emit('uncaughtException', new Error('a bug'));
    vi.advanceTimersByTime(59_999);
    expect(fake.exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fake.exit).toHaveBeenCalledExactlyOnceWith(70);
  });
});
