import { EventEmitter } from 'node:events';
import type { AuthenticationType, Client } from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { SessionError } from '../../../src/session/session-error.js';
import type { PromptHandler } from '../../../src/session/sign-in/prompt-answers.js';
import { SignIn } from '../../../src/session/sign-in/sign-in.js';
import { Secret } from '../../../src/shared/secret.js';

/** What ssh2 is told and asked, without a server: as much of its inside as a sign-in needs. */
function begin(promptHandler: Partial<PromptHandler> = {}) {
  const methods: Record<string, unknown>[] = [];
  const failures: SessionError[] = [];
  const told: string[] = [];
  let ready = 0;
  const client = Object.assign(new EventEmitter(), {
    _protocol: { _authsQueue: [], authPassword: () => {}, _handlers: { USERAUTH_INFO_REQUEST: () => {} } },
  }) as unknown as Client;
  const signIn = new SignIn(() => {
    ready += 1;
  });
  const takes = (...names: AuthenticationType[]): void =>
    signIn.onServerReady(names, false, (method: Record<string, unknown>) => methods.push(method));
  const start = (): void =>
    signIn.begin(client, {
      user: 'ann',
      password: new Secret('open-sesame'),
      promptHandler: { ask: async () => new Secret('code'), tell: (text) => told.push(text), ...promptHandler },
      onFailure: (error) => failures.push(error),
    });
  return { signIn, takes, start, methods, failures, told, ready: () => ready };
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const goodbye = (words: string, code = 2): Error => Object.assign(new Error(words), { code });

describe('a sign-in', () => {
  it('says that the server is ready, and names no user before it has begun', () => {
    const { takes, methods, ready } = begin();
    takes();
    expect(ready()).toBe(1);
    expect(methods).toEqual([]);
  });

  it('asks first what the server offers, without a password', () => {
    const { takes, start, methods, ready } = begin();
    takes();
    start();
    expect(methods).toEqual([{ type: 'none', username: 'ann' }]);
    expect(ready()).toBe(1);
  });

  it('leaves no password in the configuration of ssh2', async () => {
    const { takes, start, methods } = begin();
    takes();
    start();
    takes('password');
    await soon();
    expect(methods.at(-1)).toEqual({ type: 'password', username: 'ann', password: '' });
    expect(JSON.stringify(methods)).not.toContain('open-sesame');
  });

  it('prefers keyboard-interactive, and tries each method once', async () => {
    const { takes, start, methods, failures } = begin();
    takes();
    start();
    takes('password', 'keyboard-interactive');
    expect(methods.at(-1)).toMatchObject({ type: 'keyboard-interactive', username: 'ann' });
    takes('password', 'keyboard-interactive');
    await soon();
    expect(methods.at(-1)).toMatchObject({ type: 'password' });
    takes('password', 'keyboard-interactive');
    expect(failures).toMatchObject([{ code: 'wrong-credentials' }]);
  });

  it('keeps ten of the banners that come too early, and tells them when it begins', () => {
    const { signIn, takes, start, told } = begin();
    takes();
    for (let count = 0; count < 12; count++) signIn.onBanner(`banner ${count}`);
    expect(told).toEqual([]);
    start();
    expect(told).toEqual(Array.from({ length: 10 }, (_, at) => `banner ${at}`));
    signIn.onBanner('later');
    expect(told.at(-1)).toBe('later');
  });
});

describe('the end of a connection', () => {
  it('before any answer is no wrong password, whatever the server says', () => {
    const { signIn, takes, start } = begin();
    takes();
    expect(signIn.judge(goodbye('Permission denied', 14)).code).toBe('closed');
    start();
    expect(signIn.judge(goodbye('Too many authentication failures', 14)).code).toBe('closed');
    signIn.onBanner('Closed for maintenance');
    expect(signIn.judge(goodbye('bye')).code).toBe('closed');
    expect(signIn.isEntrusted).toBe(false);
  });

  it.each([
    ['bye', 13, 'wrong-credentials'],
    ['bye', 14, 'wrong-credentials'],
    ['bye', 15, 'wrong-credentials'],
    ['Too many authentication failures', 2, 'wrong-credentials'],
    ['Permission denied', 2, 'wrong-credentials'],
    ['Access denied', 2, 'wrong-credentials'],
    ['User not allowed', 2, 'wrong-credentials'],
    ['bye', 2, 'closed'],
  ])('after the password, with the words %j and the reason %d, means %s', async (words, reason, code) => {
    const { signIn, takes, start } = begin();
    takes();
    start();
    takes('password');
    await soon();
    expect(signIn.isEntrusted).toBe(true);
    expect(signIn.judge(goodbye(words, reason)).code).toBe(code);
  });

  it('after the password and an explanation is the refusal of the account', async () => {
    const { signIn, takes, start } = begin();
    takes();
    start();
    takes('password');
    await soon();
    signIn.onBanner('Your account has expired');
    expect(signIn.judge(goodbye('bye')).code).toBe('account-refused');
    expect(signIn.judge(goodbye('bye', 14)).code).toBe('account-refused');
    expect(signIn.judge(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).code).toBe('refused');
  });

  it('while the user is asked is a sign-in that was not finished', async () => {
    const { signIn, takes, start, methods } = begin({ ask: () => new Promise(() => {}) });
    takes();
    start();
    takes('keyboard-interactive');
    const prompt = methods.at(-1)?.prompt as (...parts: unknown[]) => void;
    prompt('', '', '', [{ prompt: 'Code: ', echo: true }]);
    await soon();
    expect(signIn.judge(goodbye('Timeout before authentication')).code).toBe('sign-in-unfinished');
    expect(signIn.judge(new Error('Bad packet length')).code).toBe('protocol');
  });
});

describe('a server that takes no answer', () => {
  it('has no method where nothing was taken yet, and wants more where a part was', async () => {
    const none = begin();
    none.takes();
    none.start();
    none.takes('publickey');
    expect(none.failures).toMatchObject([{ code: 'no-method', serverMessage: 'publickey' }]);
    const part = begin();
    part.takes();
    part.start();
    part.takes('password');
    await soon();
    part.signIn.onServerReady(['publickey'], true, () => {});
    expect(part.failures).toMatchObject([{ code: 'more-wanted', serverMessage: 'publickey' }]);
  });
});
