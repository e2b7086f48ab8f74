import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conversation, type Effect, type Event, newConversation, step } from '../../src/greeter/conversation.js';
import { type Offers, offersOf } from '../../src/greeter/session-options/session-options.js';
import { viewOf } from '../../src/greeter/view.js';
import type { LoginOutcome } from '../../src/login/outcome.js';
import { Secret } from '../../src/shared/secret.js';

const client = { name: 'pc01', address: '10.0.0.7' };

/** Plays events one after the other; what a user does refers to the question that is open. */
function play(...events: (Event | ((now: Conversation) => Event))[]) {
  let now = newConversation();
  let effects: readonly Effect[] = [];
  for (const event of events) ({ next: now, effects } = step(now, typeof event === 'function' ? event(now) : event));
  return { now, effects, view: viewOf(now, { client }) };
}

const types =
  (text: string) =>
  (now: Conversation): Event => ({ kind: 'answered', question: now.question, answer: new Secret(text) });
const ends =
  (outcome: LoginOutcome) =>
  (now: Conversation): Event => ({ kind: 'ended', attempt: now.attempt, outcome });
const prompts =
  (text: string, echo: boolean) =>
  (now: Conversation): Event => ({
    kind: 'prompted',
    attempt: now.attempt,
    server: 's1',
    prompt: { text, echo },
  });
const hears =
  (text: string) =>
  (now: Conversation): Event => ({
    kind: 'news',
    attempt: now.attempt,
    news: { kind: 'server-message', server: 's1', text },
  });
const cancel: Event = { kind: 'cancelled' };
const started = { kind: 'started', server: 's1', session: {} } as unknown as LoginOutcome;

describe('the conversation', () => {
  it('asks for the user name, then for the password with dots', () => {
    expect(play().view.question).toMatchObject({ label: 'Username', hidden: false });
    expect(play(types('ann')).view).toMatchObject({ question: { label: 'Password', hidden: true, initial: '' } });
  });

  it('shows the greeting while nothing else is said', () => {
    const words = (...events: Parameters<typeof play>) =>
      viewOf(play(...events).now, { client, greeting: 'Welcome' }).status.map(({ text }) => text);
    expect(words()).toEqual(['Welcome']);
    expect(words(types('ann'))).toEqual(['Welcome']);
    expect(words(types('ann'), types('x'))).toEqual([]);
    expect(words(types(''))).toEqual(['Please type your user name.']);
  });

  it('says once that some settings cannot be used, and not while a server is waited for', () => {
    const sentence = 'Some settings of this computer cannot be used; the command "ldm settings" shows which ones.';
    const words = (...events: Parameters<typeof play>) =>
      viewOf(play(...events).now, { client, greeting: 'Welcome', hasSettingsProblems: true }).status.map(
        ({ text }) => text,
      );
    expect(words()).toEqual(['Welcome', sentence]);
    expect(words(types(''))).toEqual(['Please type your user name.', sentence]);
    expect(words(types('ann'), types('x'))).toEqual([]);
  });

  it('begins an attempt on the password, blanks and all, and says what it waits for', () => {
    const { effects, view } = play(types(' ann '), types(' secret '));
    expect(effects).toMatchObject([{ kind: 'log-in', attempt: 1, user: 'ann', choice: { mode: 'automatic' } }]);
    expect(effects[0]?.kind === 'log-in' && effects[0].password.reveal()).toBe(' secret ');
    expect(view).toMatchObject({ question: null, waiting: 'Looking for a server...', cancellable: true });
  });

  it('keeps the user and asks for the password again after a wrong one', () => {
    const { view } = play(types('ann'), types('x'), ends({ kind: 'wrong-credentials', server: 's1' }));
    expect(view.question).toMatchObject({ label: 'Password', hidden: true, initial: '' });
    expect(view.status.at(-1)).toMatchObject({ kind: 'error', text: expect.stringContaining('did not accept') });
    expect(view.waiting).toBeNull();
  });

  it('names the servers that may still answer, and no others', () => {
    const connecting =
      (...servers: string[]) =>
      (now: Conversation): Event => ({ kind: 'news', attempt: now.attempt, news: { kind: 'connecting', servers } });
    const waiting = (...names: string[]) => play(types('ann'), types('x'), connecting(...names)).view.waiting;
    expect(waiting('app1')).toBe('Connecting to app1...');
    expect(waiting('app1', 'app2')).toBe('Connecting to app1, app2...');
    expect(waiting('a', 'b', 'c', 'd')).toBe('Connecting to a, b, c and others...');
    const dead = { server: 'app2', code: 'refused', detail: '' } as const;
    const { view } = play(
      types('ann'),
      types('x'),
      connecting('app1', 'app2'),
      (now) => ({ kind: 'news', attempt: now.attempt, news: { kind: 'failed', failure: dead } }),
      connecting('app1'),
    );
    expect(view.waiting).toBe('Connecting to app1...');
  });

  it('goes back to the name, which is kept, when the password stage is cancelled', () => {
    expect(play(types('ann'), cancel).view.question).toMatchObject({ label: 'Username', initial: 'ann' });
  });

  it('names each server and its reason when none is left, and is ready again', () => {
    const failures = [
      { server: 's1', code: 'timeout', detail: '' },
      { server: 's2', code: 'refused', detail: '' },
    ] as const;
    const news = failures.map(
      (failure) =>
        (now: Conversation): Event => ({
          kind: 'news',
          attempt: now.attempt,
          news: { kind: 'failed', failure },
        }),
    );
    const { view } = play(types('ann'), types('x'), ...news, ends({ kind: 'none-left', failures }));
    expect(view.status.map(({ text }) => text)).toEqual([
      's1: did not answer in time.',
      's2: refuses connections.',
      'No server is available. Try again in a moment, or tell your administrator.',
    ]);
    expect(view.question).toMatchObject({ label: 'Password' });
  });

  it('shows any prompt of the server, its last line at the entry and the others as words', () => {
    const { view } = play(types('ann'), types('x'), prompts('Your password has expired.\nNew password: ', false));
    expect(view.question).toMatchObject({ label: 'New password:', hidden: true });
    expect(view.status).toEqual([{ kind: 'info', text: 'Your password has expired.' }]);
  });

  it('hands an answer to the server and waits on', () => {
    const { effects, view } = play(types('ann'), types('x'), prompts('Code: ', true), types('123456'));
    expect(effects[0]?.kind === 'answer' && effects[0].answer.reveal()).toBe('123456');
    expect(view).toMatchObject({ question: null, waiting: 'Waiting for s1...' });
  });

  describe('when a server has failed with what the user typed', () => {
    const failure = { server: 's1', code: 'closed', detail: '' } as const;
    const fails = (now: Conversation): Event => ({
      kind: 'news',
      attempt: now.attempt,
      news: { kind: 'failed', failure },
    });
    const offers = (now: Conversation): Event => ({ kind: 'offered', attempt: now.attempt, server: 's1' });
    const wants = (now: Conversation): Event => ({ kind: 'went-on', question: now.question });
    const before = [types('ann'), types('x'), fails, offers];

    it('tells what happened and offers another server, with a button and Cancel', () => {
      const { view, effects } = play(...before);
      expect(effects).toEqual([]);
      expect(view).toMatchObject({ question: null, waiting: null, cancellable: true, offer: { id: 3 } });
      expect(view.status.map(({ text }) => text)).toEqual([
        's1: closed the connection.',
        's1 has your user name and password already. Send them to another server as well?',
      ]);
    });

    it('goes on at the button, once', () => {
      const { now, view, effects } = play(...before, wants);
      expect(effects).toEqual([{ kind: 'go-on' }]);
      expect(view).toMatchObject({ offer: null, waiting: 'Looking for a server...' });
      expect(step(now, wants(now))).toEqual({ next: now, effects: [] });
    });

    it('gives up at Cancel, and asks for the password again', () => {
      const { view, effects } = play(...before, cancel);
      expect(effects).toEqual([{ kind: 'give-up' }]);
      expect(view).toMatchObject({ offer: null, question: { label: 'Password' } });
    });

    it('offers it as well while a question of the server is open, which is withdrawn', () => {
      const { view } = play(types('ann'), types('x'), prompts('Code: ', false), fails, offers);
      expect(view).toMatchObject({ question: null, offer: { id: 4 } });
    });

    it('takes no click on an offer that was made before', () => {
      const { now } = play(...before, wants, fails, offers);
      expect(step(now, { kind: 'went-on', question: now.question - 1 }).effects).toEqual([]);
    });
  });

  it('says whose password is asked for', () => {
    expect(play().view.user).toBeNull();
    expect(play(types('ann')).view.user).toBe('Logging in as ann');
    expect(play(types('ann'), types('x')).view.user).toBe('Logging in as ann');
  });

  it('keeps every line until the next attempt', () => {
    const talk = [types('ann'), types('x'), hears('one'), hears('two\n<b>three</b>')];
    const first = play(...talk, ends({ kind: 'wrong-credentials', server: 's1' }));
    expect(first.view.status.map(({ text }) => text).slice(0, 2)).toEqual(['one', 'two\n<b>three</b>']);
    const second = play(...talk, ends({ kind: 'wrong-credentials', server: 's1' }), types('y'));
    expect(second.view.status).toEqual([]);
  });

  it('drops what an earlier attempt still says', () => {
    const { now, effects } = play(types('ann'), types('x'), cancel);
    expect(effects).toEqual([{ kind: 'give-up' }]);
    const late: Event[] = [
      { kind: 'ended', attempt: 1, outcome: started },
      { kind: 'prompted', attempt: 1, server: 's1', prompt: { text: 'Password: ', echo: false } },
      { kind: 'news', attempt: 1, news: { kind: 'server-message', server: 's1', text: 'late' } },
      { kind: 'session-shown', attempt: 1 },
      { kind: 'session-ended', attempt: 1, detail: 'late' },
    ];
    for (const event of late) expect(step(now, event)).toEqual({ next: now, effects: [] });
  });

  it('takes no answer to a question that is no longer open', () => {
    const { now } = play(types('ann'));
    expect(step(now, { kind: 'answered', question: now.question - 1, answer: new Secret('ann') }).next).toBe(now);
  });

  it.each(['', '-oProxyCommand=x', 'a\nb', 'x'.repeat(10_000)])('refuses the user name %j with a sentence', (name) => {
    const { view } = play(types(name));
    expect(view.question).toMatchObject({ label: 'Username' });
    expect(view.status).toMatchObject([{ kind: 'error' }]);
  });

  it('takes the greeter away when the desktop shows its first window, and ends with the session', () => {
    const attempt = 1;
    const before = [types('ann'), types('x'), ends(started)];
    expect(play(...before).view.waiting).toBe('Waiting for the desktop of s1...');
    expect(play(...before, { kind: 'session-shown', attempt }).effects).toEqual([{ kind: 'close-greeter' }]);
    const end: Event = { kind: 'session-ended', attempt, detail: 'exit code 0' };
    expect(play(...before, { kind: 'session-shown', attempt }, end).effects).toEqual([{ kind: 'finish' }]);
  });

  it('tells why a session ended before it showed a window', () => {
    const end: Event = { kind: 'session-ended', attempt: 1, detail: 'no Xsession on this server' };
    const { view, effects } = play(types('ann'), types('x'), ends(started), end);
    expect(effects).toEqual([]);
    expect(view.status.at(-1)?.text).toBe('The session on s1 ended at once. no Xsession on this server');
    expect(view.question).toMatchObject({ label: 'Password' });
  });

  describe('with a session and a language chosen', () => {
    const named = (key: string, name: string, exec: string) =>
      ({ key, label: name, note: '', pick: { kind: 'named', name, exec } }) as const;
    const german = { key: 'language de', label: 'Deutsch', note: '', pick: 'de_DE.UTF-8' };
    const mate = named('m', 'MATE', 'mate');
    const chosen: Event[] = [
      { kind: 'chose-session', session: mate },
      { kind: 'chose-language', language: german },
    ];
    const goesTo = (offers: Partial<Offers>): Event => ({
      kind: 'chose',
      choice: { mode: 'server', name: 's2' },
      offers: { ...offersOf([]), ...offers },
    });

    it('shows both, and logs in with both', () => {
      expect(play().view).toMatchObject({ session: null, language: null });
      const { effects, view } = play(...chosen, types('ann'), types('x'));
      expect(view).toMatchObject({ session: 'MATE', language: 'Deutsch' });
      expect(effects).toMatchObject([
        { kind: 'log-in', pick: { session: { kind: 'named', name: 'MATE', exec: 'mate' }, language: 'de_DE.UTF-8' } },
      ]);
    });

    it('goes back to the default, and says so, where another server does not have them', () => {
      const offers = { sessions: [...offersOf([]).sessions, named('x', 'Xfce', 'xfce')] };
      const french = { ...german, key: 'language fr' };
      const { view } = play(...chosen, goesTo({ ...offers, languages: [...offersOf([]).languages, french] }));
      expect(view).toMatchObject({ chosen: 's2', session: null, language: null });
      expect(view.status.map(({ text }) => text)).toEqual([
        's2 does not offer MATE. The default is used instead.',
        's2 does not offer Deutsch. The default is used instead.',
      ]);
    });

    it('keeps what another server has too, by name or command, and asks nothing of one that tells nothing', () => {
      const other = named('m2', 'MATE', '/usr/bin/mate');
      const there = play(...chosen, goesTo({ sessions: [...offersOf([]).sessions, other] }), types('ann'), types('x'));
      expect(there.effects).toMatchObject([{ pick: { session: other.pick, language: 'de_DE.UTF-8' } }]);
      expect(there.view.status).toEqual([]);
      expect(play(...chosen, goesTo({})).view).toMatchObject({ session: 'MATE', language: 'Deutsch', status: [] });
    });

    it('keeps them after a failed login', () => {
      const { view } = play(...chosen, types('ann'), types('x'), ends({ kind: 'wrong-credentials', server: 's1' }));
      expect(view).toMatchObject({ session: 'MATE', language: 'Deutsch' });
    });

    it('leaves the menu without what the administrator has chosen', () => {
      const { offered } = viewOf(play().now, { client, forced: ['session'] });
      expect(offered).toMatchObject({ session: false, language: true });
    });

    it('offers restart and shut-down unless they are forbidden', () => {
      expect(viewOf(play().now, { client, power: {} }).offered.power).toBe(true);
      expect(viewOf(play().now, { client, power: undefined }).offered.power).toBe(false);
    });
  });

  it('never holds a password and always has a way on, whatever happens in whatever order', () => {
    const event: fc.Arbitrary<(now: Conversation) => Event> = fc.oneof(
      fc.constant(types('geheim')),
      fc.constant(() => cancel),
      fc.constant(ends({ kind: 'wrong-credentials', server: 's1' })),
      fc.constant(ends({ kind: 'none-left', failures: [] })),
      fc.constant(ends(started)),
      fc.constant(prompts('Code: ', true)),
      fc.constant((now: Conversation): Event => ({ kind: 'offered', attempt: now.attempt, server: 's1' })),
      fc.constant((now: Conversation): Event => ({ kind: 'went-on', question: now.question })),
      fc.constant(hears('hello')),
      fc.constant((now: Conversation): Event => ({ kind: 'session-shown', attempt: now.attempt })),
      fc.constant((now: Conversation): Event => ({ kind: 'session-ended', attempt: now.attempt, detail: 'x' })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { now, view } = play(types('ann'), ...events);
        // The user name may be that word when it was typed at the name; nothing else may.
        const { stage, ...rest } = now;
        expect(JSON.stringify('user' in stage && stage.user === 'geheim' ? rest : now)).not.toContain('geheim');
        const asks = view.question !== null || (view.offer !== null && view.cancellable);
        const canGoOn = asks || (view.waiting !== null && view.cancellable) || stage.at === 'running';
        expect(canGoOn).toBe(true);
      }),
    );
  });
});

describe('windows that had to be started again', () => {
  const messages = (kept: 'kept' | 'dropped') =>
    play(types('ada'), types('secret'), hears('a banner'), { kind: 'windows-restarted', messages: kept }).view.status;

  it('show everything that was said, and that nothing was lost', () => {
    expect(messages('kept').map(({ text }) => text)).toEqual([
      expect.stringContaining('a banner'),
      'The login window had to be started again. Nothing was lost.',
    ]);
  });

  it('show no message again that may be what they died of', () => {
    expect(messages('dropped').map(({ text }) => text)).toEqual([
      'The login window had to be started again. Earlier messages were removed.',
    ]);
  });
});
