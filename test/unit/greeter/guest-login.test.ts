import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conversation, newConversation } from '../../../src/greeter/conversation/conversation.js';
import type { Effect, Event } from '../../../src/greeter/conversation/events.js';
import { step } from '../../../src/greeter/conversation/step.js';
import { guestAccount, guestAccountProblem } from '../../../src/greeter/guest-account.js';
import { viewOf } from '../../../src/greeter/presenter/view.js';
import { defaultLanguage, defaultSession } from '../../../src/greeter/session-options/session-options.js';
import type { LoginOutcome } from '../../../src/login/outcome.js';
import { settingsReader } from '../../../src/settings/load.js';
import { readSettings } from '../../../src/settings/settings.js';
import { Secret } from '../../../src/shared/secret.js';

const account = (variables: Record<string, string>, hostName = 'pc01') => {
  const found = guestAccount(readSettings(variables), hostName);
  return found && { user: found.user, password: found.password().reveal(), ...found.login };
};

describe('the guest account', () => {
  it('is there only where a button or a countdown leads to it', () => {
    expect(account({})).toBeUndefined();
    expect(account({ LDM_USERNAME: 'kiosk' })).toBeUndefined();
    expect(account({ LDM_LOGIN_TIMEOUT: '0' })).toBeUndefined();
    expect(account({ LDM_GUESTLOGIN: 'n' })).toBeUndefined();
  });

  it('is called as this client, with its name for a password, where nothing else is said', () => {
    expect(account({ LDM_GUESTLOGIN: 'y' })).toEqual({
      user: 'pc01',
      password: 'pc01',
      button: 'offered',
      countdown: null,
    });
  });

  it('has the name and password of the settings, blanks of the password and all', () => {
    const variables = { LDM_GUESTLOGIN: '1', LDM_USERNAME: ' kiosk ', LDM_PASSWORD: ' s3cret ' };
    expect(account(variables)).toMatchObject({ user: 'kiosk', password: ' s3cret ' });
    expect(account({ LDM_GUESTLOGIN: '1', LDM_USERNAME: 'kiosk' })).toMatchObject({ password: 'kiosk' });
  });

  it.each([
    [{ LDM_AUTOLOGIN: 'true' }, 5],
    [{ LDM_AUTOLOGIN: 'true', LDM_LOGIN_TIMEOUT: '0' }, 0],
    [{ LDM_AUTOLOGIN: 'true', LDM_LOGIN_TIMEOUT: '30' }, 30],
    [{ LDM_LOGIN_TIMEOUT: '30' }, 30],
    [{ LDM_TIMEOUT_ENABLED: 'y', LDM_TIMEOUT_TIME: '20' }, 20],
    [{ LDM_TIMEOUT_ENABLED: 'y', LDM_TIMEOUT_TIME: '20', LDM_LOGIN_TIMEOUT: '7' }, 7],
  ])('counts down as %j says', (variables, countdown) => {
    expect(account(variables)).toMatchObject({ countdown, button: 'none' });
  });

  it('does not count by the old names unless they are enabled', () => {
    expect(account({ LDM_TIMEOUT_TIME: '20' })).toBeUndefined();
  });

  it('is made of the host name by HOST_TO_USERNAME, and there is none where that does not fit', () => {
    const variables = { LDM_GUESTLOGIN: 'y', HOST_TO_USERNAME: 'pc/guest', LDM_PASSWORD: 'x' };
    expect(account(variables)).toMatchObject({ user: 'guest01', password: 'guest01' });
    expect(account({ ...variables, LDM_AUTOLOGIN: 'y' }, 'laptop')).toBeUndefined();
  });

  it("takes this client's servers under affinity, for many clients may share the account", () => {
    const variables = { LDM_AUTOLOGIN: 'y', LDM_USERNAME: 'kiosk' };
    expect(guestAccount(readSettings(variables), 'pc07')).toMatchObject({ user: 'kiosk', whose: 'pc07' });
  });

  it.each(['-oProxyCommand=x', 'a'.repeat(300)])('cannot be called %j', (name) => {
    expect(account({ LDM_GUESTLOGIN: 'y', LDM_USERNAME: name })).toBeUndefined();
  });

  describe('whose name no account can have', () => {
    const problem = (variables: Record<string, string>, hostName = '-pc01') =>
      guestAccountProblem(readSettings(variables), hostName);

    it('is a problem where the account is wanted', () => {
      expect(problem({ LDM_GUESTLOGIN: 'y' })).toBe('leading-dash');
      expect(problem({ LDM_AUTOLOGIN: 'y' })).toBe('leading-dash');
      expect(problem({ LDM_GUESTLOGIN: 'y', HOST_TO_USERNAME: '-pc/-guest' })).toBe('leading-dash');
      expect(problem({ LDM_GUESTLOGIN: 'y' }, 'a'.repeat(300))).toBe('too-long');
    });

    it('is none where the account is not wanted, or gets no name from here', () => {
      expect(problem({})).toBeUndefined();
      expect(problem({ LDM_GUESTLOGIN: 'y', LDM_USERNAME: 'kiosk' })).toBeUndefined();
      expect(problem({ LDM_GUESTLOGIN: 'y', HOST_TO_USERNAME: 'pc/guest' })).toBeUndefined();
    });

    it('is not reported twice, for the settings report what LDM_USERNAME cannot be', () => {
      expect(problem({ LDM_GUESTLOGIN: 'y', LDM_USERNAME: '-x' })).toBeUndefined();
    });
  });

  it('may use the servers of LDM_GUEST_SERVER, else those of LDM_AUTOLOGIN_SERVER, else all', () => {
    const names = (variables: Record<string, string>) =>
      guestAccount(readSettings({ LDM_GUESTLOGIN: 'y', ...variables }), 'pc01')?.servers?.map(({ name }) => name);
    expect(names({ LDM_GUEST_SERVER: 'a b', LDM_AUTOLOGIN_SERVER: 'c' })).toEqual(['a', 'b']);
    expect(names({ LDM_AUTOLOGIN_SERVER: 'c' })).toEqual(['c']);
    expect(names({})).toBeUndefined();
  });

  it('leaves its password neither in the environment nor among what hooks are told', () => {
    const environment = { LDM_GUESTLOGIN: 'y', LDM_PASSWORD: 's3cret', LDM_USERNAME: 'kiosk' };
    const settings = settingsReader(undefined, environment)({ hostName: 'pc01', addresses: [], macs: [] });
    expect(settings.accountPassword?.reveal()).toBe('s3cret');
    expect(environment).not.toHaveProperty('LDM_PASSWORD');
    expect(settings.variables).toMatchObject({ LDM_USERNAME: 'kiosk' });
    expect(JSON.stringify(settings)).not.toContain('s3cret');
  });
});

describe('the conversation with a guest account', () => {
  const client = { name: 'pc01', address: null };
  const second: Event = { kind: 'second-elapsed' };
  const failed: (now: Conversation) => Event = ({ attempt }) => ({
    kind: 'ended',
    attempt,
    outcome: { kind: 'wrong-credentials', server: 's1' },
  });
  function play(
    guest: Parameters<typeof newConversation>[0],
    ...events: (Event | ((now: Conversation) => Event))[]
  ): { now: Conversation; effects: Effect[]; view: ReturnType<typeof viewOf> } {
    let now = newConversation(guest);
    const effects: Effect[] = [];
    for (const event of events) {
      const { next, effects: more } = step(now, typeof event === 'function' ? event(now) : event);
      now = next;
      effects.push(...more);
    }
    return { now, effects, view: viewOf(now, { client }) };
  }
  const counting = { button: 'none', countdown: 2 } as const;
  const offered = { button: 'offered', countdown: null } as const;

  it('shows each second, then logs the guest account in by the choice that was made', () => {
    expect(play(counting).view).toMatchObject({ countdown: 2, cancellable: true, question: { label: 'Username' } });
    expect(play(counting, second).view.countdown).toBe(1);
    const { effects, view } = play(counting, second, second);
    expect(effects).toMatchObject([{ kind: 'log-in-guest', attempt: 1, choice: { mode: 'automatic' } }]);
    expect(view).toMatchObject({ countdown: null, question: null, cancellable: true });
  });

  it.each<Event | ((now: Conversation) => Event)>([
    { kind: 'user-active' },
    { kind: 'cancelled' },
    { kind: 'server-chosen', choice: { mode: 'automatic' }, options: { sessions: [], languages: [] } },
    (now) => ({ kind: 'answered', question: now.question, answer: new Secret('ann') }),
    { kind: 'guest-login-requested' },
    { kind: 'session-chosen', session: defaultSession },
    { kind: 'language-chosen', language: defaultLanguage },
    { kind: 'failover-confirmed', question: 0 },
  ])('logs nobody in once the user has done something: %j', (event) => {
    const { effects, view } = play(counting, second, event, second, second, second);
    expect(effects).toEqual([]);
    expect(view.countdown).toBeNull();
  });

  it('stays with the reason when the automatic login has failed, and does not try again', () => {
    const { effects, view } = play(counting, second, second, failed, second, second, second);
    expect(effects).toHaveLength(1);
    expect(view).toMatchObject({ countdown: null, question: { label: 'Username', initial: '' } });
    expect(view.status.at(-1)?.text).toContain('did not accept');
  });

  it('logs in by the button, which is there only beside the question for a name', () => {
    expect(play(offered).view.guestButton).toBe(true);
    const { effects, view } = play(offered, { kind: 'guest-login-requested' });
    expect(effects).toMatchObject([{ kind: 'log-in-guest' }]);
    expect(view.guestButton).toBe(false);
    expect(play(offered, { kind: 'guest-login-requested' }, failed).view.guestButton).toBe(true);
  });

  it('starts no second login at the button while one is under way, or a password is asked for', () => {
    const request: Event = { kind: 'guest-login-requested' };
    expect(play(offered, request, request).effects).toHaveLength(1);
    const types = ({ question }: Conversation): Event => ({ kind: 'answered', question, answer: new Secret('ann') });
    expect(play(offered, types, request).effects).toEqual([]);
    expect(play(counting, request).effects).toEqual([]);
  });

  it('starts no second login by the button while one is under way, nor without the button', () => {
    const guest: Event = { kind: 'guest-login-requested' };
    const { now, effects } = play(offered, guest, guest);
    expect(effects).toHaveLength(1);
    expect(now.attempt).toBe(1);
    const types = ({ question }: Conversation): Event => ({ kind: 'answered', question, answer: new Secret('ann') });
    expect(play(offered, types, guest).effects).toEqual([]);
    expect(play(counting, guest).effects).toEqual([]);
  });

  it('counts no seconds while somebody logs in', () => {
    const types = ({ question }: Conversation): Event => ({ kind: 'answered', question, answer: new Secret('ann') });
    const { now, effects } = play(
      counting,
      types,
      { kind: 'guest-settings-changed', guest: { button: 'none', countdown: 1 } },
      second,
    );
    expect(effects).toEqual([]);
    expect(now.stage).toEqual({ at: 'password', user: 'ann' });
  });

  it.each(['@guest@', '@GUEST@'])('takes %s for a user name like any other', (text) => {
    const types = (now: Conversation): Event => ({
      kind: 'answered',
      question: now.question,
      answer: new Secret(text),
    });
    const { effects, view } = play(undefined, { kind: 'guest-login-requested' }, types);
    expect(effects).toEqual([]);
    expect(view.question?.label).toBe('Password');
  });

  it('tries once by itself at the most, and always has a way on, whatever happens in whatever order', () => {
    const started = { kind: 'started', server: 's1', session: {} } as unknown as LoginOutcome;
    const end = { kind: 'exit', code: 0 } as const;
    const ended = { server: 's1', end, errors: 'x', earlySeconds: undefined, display: 'here' } as const;
    const event = fc.constantFrom<(now: Conversation) => Event>(
      () => second,
      () => second,
      () => ({ kind: 'user-active' }),
      () => ({ kind: 'cancelled' }),
      failed,
      (now) => ({ kind: 'ended', attempt: now.attempt, outcome: started }),
      (now) => ({ kind: 'session-ended', attempt: now.attempt, ended }),
      (now) => ({ kind: 'prompted', attempt: now.attempt, server: 's1', prompt: { text: 'Code: ', echo: true } }),
      (now) => ({ kind: 'answered', question: now.question, answer: new Secret('ann') }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { now, effects, view } = play(counting, ...events);
        expect(effects.filter(({ kind }) => kind === 'log-in-guest').length).toBeLessThanOrEqual(1);
        const canGoOn = view.question !== null || (view.waiting !== null && view.cancellable);
        expect(canGoOn || now.stage.at === 'running').toBe(true);
      }),
    );
  });

  it('begins the countdown of settings that come later, unless somebody is there', () => {
    const later: Event = { kind: 'guest-settings-changed', guest: { button: 'offered', countdown: 3 } };
    const types: (now: Conversation) => Event = ({ question }) => ({
      kind: 'answered',
      question,
      answer: new Secret('ann'),
    });
    expect(play(undefined, later).view).toMatchObject({ countdown: 3, guestButton: true });
    expect(play(undefined, types, later).view).toMatchObject({ countdown: null });
    expect(play(offered, { kind: 'guest-login-requested' }, later).view).toMatchObject({ countdown: null });
  });

  it('does not begin a countdown again that was stopped, and ends one that is no longer meant', () => {
    const guest = { button: 'none', countdown: 3 } as const;
    const again: Event = { kind: 'guest-settings-changed', guest };
    expect(play(guest, { kind: 'user-active' }, again).view.countdown).toBeNull();
    expect(play(guest, second, again).view.countdown).toBe(2);
    expect(
      play(guest, second, { kind: 'guest-settings-changed', guest: { button: 'none', countdown: null } }).view
        .countdown,
    ).toBeNull();
  });
});
