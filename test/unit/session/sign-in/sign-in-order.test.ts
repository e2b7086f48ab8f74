import { EventEmitter } from 'node:events';
import type { AuthenticationType, Client } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionError } from '../../../../src/session/session-error.js';
import { type PromptHandler, signInLimits } from '../../../../src/session/sign-in/prompt-answers.js';
import { SignIn } from '../../../../src/session/sign-in/sign-in.js';
import { Secret } from '../../../../src/shared/secret.js';

/** What ssh2 is told and asked, without a server: as much of its inside as a sign-in needs. */
function begin(promptHandler: Partial<PromptHandler> = {}) {
  const methods: Record<string, unknown>[] = [];
  const failures: SessionError[] = [];
  const told: string[] = [];
  /** What ssh2 would encrypt and send. */
  const packets: string[] = [];
  /** The user's answers. */
  const given: Secret[] = [];
  /** The requests for input that ssh2 answers. */
  const requests: unknown[] = [];
  let ready = 0;
  const protocol = {
    _authsQueue: [],
    authPassword: () => {},
    _handlers: { USERAUTH_INFO_REQUEST: (_protocol: unknown, ...request: unknown[]) => requests.push(request) },
    _packetRW: { write: { allocStart: 0, alloc: Buffer.alloc, finalize: (packet: Buffer) => packet } },
    _cipher: { encrypt: (packet: Buffer) => packets.push(packet.toString('latin1')) },
  };
  const client = Object.assign(new EventEmitter(), { _protocol: protocol });
  const ask = async (): Promise<Secret> => {
    const answer = new Secret('code');
    given.push(answer);
    return answer;
  };
  const signIn = new SignIn(() => {
    ready += 1;
  });
  const takes = (...names: AuthenticationType[]): void =>
    signIn.onServerReady(names, false, (method: Record<string, unknown>) => methods.push(method));
  const start = (): void =>
    signIn.begin(client as unknown as Client, {
      user: 'ann',
      password: new Secret('open-sesame'),
      promptHandler: { ask, tell: (text) => told.push(text), ...promptHandler },
      onFailure: (error) => failures.push(error),
    });
  /** Up to the sign-in by keyboard-interactive. @returns asks the user, after some words */
  const startKeyboard = (): ((...prompts: { prompt: string; echo?: boolean }[]) => void) => {
    takes();
    start();
    takes('keyboard-interactive');
    const prompt = methods.at(-1)?.prompt as (...parts: unknown[]) => void;
    return (...prompts) => prompt('Title', 'Read this', '', prompts);
  };
  const { _handlers: handlers } = protocol;
  return {
    ...{ signIn, takes, start, startKeyboard, client, protocol, handlers },
    ...{ methods, failures, told, packets, given, requests, ready: () => ready },
  };
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
    expect(signIn.isEntrusted).toBe(false);
    expect(signIn.judge(goodbye('Permission denied', 14)).code).toBe('closed');
    expect(() => signIn.end()).not.toThrow();
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
    const { signIn, startKeyboard } = begin({ ask: () => new Promise(() => {}) });
    startKeyboard()({ prompt: 'Code: ', echo: true });
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

describe('what the user types', () => {
  it('is the password for a server that takes only that', async () => {
    const { takes, start, protocol, packets, given } = begin();
    takes();
    start();
    takes('password');
    await soon();
    protocol.authPassword();
    expect(packets).toEqual([expect.stringContaining('password\0\0\0\0\x0bopen-sesame')]);
    expect(given).toEqual([]);
  });

  it('answers the questions as the server asks them, after its words', async () => {
    const asked: unknown[] = [];
    const { startKeyboard, told } = begin({
      ask: async (prompt) => {
        asked.push(prompt);
        return new Secret('code');
      },
    });
    startKeyboard()({ prompt: 'Name: ', echo: true }, { prompt: 'Code: ', echo: false }, { prompt: 'PIN: ' });
    await soon();
    expect(told).toEqual(['Title', 'Read this']);
    expect(asked).toEqual([
      { text: 'Name: ', echo: true },
      { text: 'Code: ', echo: false },
      { text: 'PIN: ', echo: false },
    ]);
  });

  it('is no longer wanted when the sign-in is over', async () => {
    let withdrawn: AbortSignal | undefined;
    const { startKeyboard, signIn } = begin({
      ask: (_prompt, signal) => {
        withdrawn = signal;
        return new Promise(() => {});
      },
    });
    startKeyboard()({ prompt: 'Code: ' });
    await soon();
    expect(withdrawn?.aborted).toBe(false);
    signIn.end();
    expect(withdrawn?.aborted).toBe(true);
  });

  it('goes to the server as the answer to its question, and is wiped then', async () => {
    const { startKeyboard, packets, given, signIn } = begin();
    startKeyboard()({ prompt: 'Password: ' }, { prompt: 'Code: ', echo: true });
    await soon();
    expect(packets).toEqual(['\x3d\0\0\0\x02\0\0\0\x0bopen-sesame\0\0\0\x04code']);
    expect(given.map((answer) => answer.reveal())).toEqual(['']);
    expect(signIn.judge(goodbye('bye', 14)).code).toBe('wrong-credentials');
  });

  it('for a second password goes to the server in place of the first, and is wiped then', async () => {
    const { startKeyboard, signIn, protocol, packets, given, methods } = begin();
    startKeyboard()({ prompt: 'Password: ' });
    await soon();
    signIn.onServerReady(['password'], true, (method: Record<string, unknown>) => methods.push(method));
    await soon();
    expect(methods.at(-1)).toMatchObject({ type: 'password' });
    protocol.authPassword();
    expect(packets.at(-1)).toContain('password\0\0\0\0\x04code');
    expect(given.map((answer) => answer.reveal())).toEqual(['']);
  });

  it('is not awaited after the user gives up, which ends the sign-in', async () => {
    const ask = () => Promise.reject(new SessionError('cancelled', 'no longer wanted'));
    const keyboard = begin({ ask });
    keyboard.startKeyboard()({ prompt: 'Code: ' });
    await soon();
    expect(keyboard.failures).toMatchObject([{ code: 'cancelled' }]);
    expect(keyboard.packets).toEqual([]);
    const second = begin({ ask });
    second.startKeyboard()({ prompt: 'Password: ' });
    await soon();
    second.signIn.onServerReady(['password'], true, () => {});
    await soon();
    expect(second.failures).toMatchObject([{ code: 'cancelled' }]);
  });

  it('twice as a new password goes to the server with the old one, and is wiped then', async () => {
    const { takes, start, client, protocol, packets, given, told } = begin();
    takes();
    start();
    const sent: string[] = [];
    client.emit('change password', 'Your password has expired', (password: string) => {
      sent.push(password);
      protocol.authPassword();
    });
    await soon();
    expect(told).toEqual(['Your password has expired']);
    // ssh2 itself gets no password.
    expect(sent).toEqual(['']);
    expect(packets).toEqual([expect.stringContaining('password\x01\0\0\0\x0bopen-sesame\0\0\0\x04code')]);
    expect(given.map((answer) => answer.reveal())).toEqual(['', '']);
  });

  it('is no new password where the user gives up', async () => {
    const { takes, start, client, failures } = begin({ ask: () => Promise.reject(new SessionError('cancelled', '')) });
    takes();
    start();
    client.emit('change password', 'Your password has expired', () => {});
    await soon();
    expect(failures).toMatchObject([{ code: 'cancelled' }]);
  });
});

describe('a request without questions', () => {
  it('is told and answered', () => {
    const { takes, start, handlers, requests, told } = begin();
    takes();
    start();
    handlers.USERAUTH_INFO_REQUEST({}, 'Notice', 'Your account expires', []);
    expect(told).toEqual(['Notice', 'Your account expires']);
    expect(requests).toEqual([['Notice', 'Your account expires', []]]);
  });

  it('ends the sign-in when it comes too often, and is not answered then', () => {
    const { takes, start, handlers, requests, failures } = begin();
    takes();
    start();
    for (let round = 0; round <= signInLimits.rounds; round++) handlers.USERAUTH_INFO_REQUEST({}, '', '', []);
    expect(requests).toHaveLength(signInLimits.rounds);
    expect(failures).toMatchObject([{ code: 'protocol' }]);
  });
});

describe('a server that ends the sign-in late', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  it('waited for people after more than 20 s, if it has asked for something', async () => {
    const { signIn, takes, start } = begin();
    takes();
    start();
    vi.advanceTimersByTime(30_000);
    expect(signIn.judge(goodbye('bye')).code).toBe('closed');
    const asked = begin();
    asked.takes();
    asked.start();
    asked.takes('password');
    await soon();
    vi.advanceTimersByTime(20_000);
    expect(asked.signIn.judge(goodbye('bye')).code).toBe('closed');
    vi.advanceTimersByTime(1);
    expect(asked.signIn.judge(goodbye('bye')).code).toBe('sign-in-unfinished');
  });
});
