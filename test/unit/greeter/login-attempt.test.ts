import { describe, expect, it, vi } from 'vitest';
import { type AttemptDependencies, LoginAttempt } from '../../../src/greeter/attempt/login-attempt.js';
import type { LoginOutcome } from '../../../src/login/outcome.js';
import { Secret } from '../../../src/shared/secret.js';

const login = vi.hoisted(() => ({ end: (_outcome: LoginOutcome): void => {} }));
vi.mock('../../../src/login/login.js', () => ({
  logIn: () =>
    new Promise<LoginOutcome>((resolve) => {
      login.end = resolve;
    }),
}));

function attempt() {
  const events: string[] = [];
  const password = new Secret('secret');
  const request = {
    user: 'ann',
    password,
    choice: { mode: 'automatic' },
    forHooks: {},
    command: { line: 'true', input: undefined },
  } as const;
  const dependencies = { login: {} } as unknown as AttemptDependencies;
  return { events, password, made: new LoginAttempt(1, request, dependencies, ({ kind }) => events.push(kind)) };
}

describe('an attempt to log in', () => {
  it('is done when the login has failed, and has no password then', async () => {
    const { made, events, password } = attempt();
    login.end({ kind: 'wrong-credentials', server: 's1' });
    await made.done;
    expect(events).toEqual(['ended']);
    expect(password.length).toBe(0);
  });

  it('is done when it was given up and the login has ended', async () => {
    const { made, events } = attempt();
    made.abandon();
    login.end({ kind: 'cancelled' });
    await made.done;
    expect(events).toEqual(['ended']);
  });

  it('wipes an answer that no question of a server waits for', () => {
    const answer = new Secret('123456');
    attempt().made.answer(answer);
    expect(answer.length).toBe(0);
  });
});
