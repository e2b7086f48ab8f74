import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EndedSession } from '../../../src/greeter/attempt/session-watch.js';
import { type Conversation, newConversation } from '../../../src/greeter/conversation/conversation.js';
import type { Effect, Event } from '../../../src/greeter/conversation/events.js';
import { step } from '../../../src/greeter/conversation/step.js';
import { viewOf } from '../../../src/greeter/presenter/view.js';
import { type SessionOptions, sessionOptionsFrom } from '../../../src/greeter/session-options/session-options.js';
import type { LoginOutcome } from '../../../src/login/outcome.js';
import { Secret } from '../../../src/shared/secret.js';

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
    kind: 'progress',
    attempt: now.attempt,
    progress: { kind: 'server-message', server: 's1', text },
  });
const cancel: Event = { kind: 'cancelled' };
const endedWith = (errors: string): EndedSession => ({
  server: 's1',
  end: { kind: 'exit', code: 0 },
  errors,
  earlySeconds: undefined,
  display: 'here',
});
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
      (now: Conversation): Event => ({
        kind: 'progress',
        attempt: now.attempt,
        progress: { kind: 'connecting', servers },
      });
    const waiting = (...names: string[]) => play(types('ann'), types('x'), connecting(...names)).view.waiting;
    expect(waiting('app1')).toBe('Connecting to app1...');
    expect(waiting('app1', 'app2')).toBe('Connecting to app1, app2...');
    expect(waiting('a', 'b', 'c', 'd')).toBe('Connecting to a, b, c and others...');
    const dead = { server: 'app2', code: 'refused', detail: '' } as const;
    const { view } = play(
      types('ann'),
      types('x'),
      connecting('app1', 'app2'),
      (now) => ({
        kind: 'progress',
        attempt: now.attempt,
        progress: { kind: 'failed', failure: dead, phase: 'connecting' },
      }),
      connecting('app1'),
    );
    expect(view.waiting).toBe('Connecting to app1...');
  });

  it.each([
    [{ kind: 'choosing' }, 'Looking for a server...'],
    [{ kind: 'connecting', servers: ['s1'] }, 'Connecting to s1...'],
    [{ kind: 'waking', servers: ['s1', 's2'] }, 'Waking up s1, s2. This can take a few minutes...'],
    [{ kind: 'signing-in', server: 's1' }, 'Signing in on s1...'],
    [{ kind: 'starting', server: 's1' }, 'Starting the session on s1...'],
  ] as const)('says what is waited for at %j, and withdraws an open question', (progress, waiting) => {
    const tells = ({ attempt }: Conversation): Event => ({ kind: 'progress', attempt, progress });
    const { view } = play(types('ann'), types('x'), prompts('Code: ', true), tells);
    expect(view).toMatchObject({ waiting, question: null, status: [] });
  });

  it.each([
    [{ kind: 'silent', server: 's1' }, 's1 is not answering. Waiting...'],
    [{ kind: 'answers', server: 's1' }, 's1 answers again.'],
    [
      { kind: 'failed', failure: { server: 's1', code: 'refused', detail: '' }, phase: 'signing-in' },
      's1: refuses connections.',
    ],
  ] as const)('keeps a line about %j, and the open question', (progress, text) => {
    const tells = ({ attempt }: Conversation): Event => ({ kind: 'progress', attempt, progress });
    const { view } = play(types('ann'), types('x'), prompts('Code: ', true), tells);
    expect(view).toMatchObject({ question: { label: 'Code:' }, status: [{ text }] });
  });

  it('ends the attempt although a question of the server is open', () => {
    const { view } = play(
      types('ann'),
      types('x'),
      prompts('Code: ', true),
      ends({ kind: 'wrong-credentials', server: 's1' }),
    );
    expect(view).toMatchObject({ question: { label: 'Password' }, status: [{ kind: 'error' }] });
    expect(play(types('ann'), types('x'), prompts('Code: ', true), ends(started)).view.isDesktopStarting).toBe(true);
  });

  it('goes back to the name, which is kept, when the password stage is cancelled', () => {
    expect(play(types('ann'), cancel).view.question).toMatchObject({ label: 'Username', initial: 'ann' });
  });

  it('says in one sentence that no server is left, keeps each reason for the administrator, and is ready again', () => {
    const failures = [
      { server: 's1', code: 'timeout', detail: '' },
      { server: 's2', code: 'refused', detail: '' },
    ] as const;
    const news = failures.map(
      (failure) =>
        (now: Conversation): Event => ({
          kind: 'progress',
          attempt: now.attempt,
          progress: { kind: 'failed', failure, phase: 'connecting' },
        }),
    );
    const { view } = play(types('ann'), types('x'), ...news, ends({ kind: 'none-left', failures }));
    expect(view.status.map(({ text }) => text)).toEqual([
      'No server is available. Try again in a moment, or tell your administrator.',
    ]);
    const time = String.raw`\d\d:\d\d:\d\d {2}`;
    expect(view.details).toEqual([
      expect.stringMatching(`^${time}s1: did not answer in time\\.$`),
      expect.stringMatching(`^${time}s2: refuses connections\\.$`),
    ]);
    expect(view.question).toMatchObject({ label: 'Password' });
  });

  it('shows any prompt of the server, its last line at the entry and the others as words', () => {
    const { view } = play(types('ann'), types('x'), prompts('Your password has expired.\nNew password: ', false));
    expect(view.question).toMatchObject({ label: 'New password:', hidden: true });
    expect(view.status).toEqual([{ kind: 'info', text: 'Your password has expired.' }]);
    const long = play(types('ann'), types('x'), prompts('One\nTwo\nThree\nCode: ', true)).view;
    expect(long).toMatchObject({ question: { label: 'Code:', hidden: false }, status: [{ text: 'One\nTwo\nThree' }] });
    const short = play(types('ann'), types('x'), prompts('\nCode: ', true)).now;
    expect(short).toMatchObject({ stage: { label: 'Code:' }, status: [] });
  });

  it('hands an answer to the server and waits on', () => {
    const { effects, view } = play(types('ann'), types('x'), prompts('Code: ', true), types('123456'));
    expect(effects[0]?.kind === 'send-answer' && effects[0].answer.reveal()).toBe('123456');
    expect(view).toMatchObject({ question: null, waiting: 'Waiting for s1...' });
  });

  describe('when a server has failed with what the user typed', () => {
    const failure = { server: 's1', code: 'closed', detail: '' } as const;
    const fails = (now: Conversation): Event => ({
      kind: 'progress',
      attempt: now.attempt,
      progress: { kind: 'failed', failure, phase: 'signing-in' },
    });
    const offers = (now: Conversation): Event => ({ kind: 'failover-proposed', attempt: now.attempt, server: 's1' });
    const wants = (now: Conversation): Event => ({ kind: 'failover-confirmed', question: now.question });
    const before = [types('ann'), types('x'), fails, offers];

    it('tells what happened and offers another server, with a button and Cancel', () => {
      const { view, effects } = play(...before);
      expect(effects).toEqual([]);
      expect(view).toMatchObject({ question: null, waiting: null, cancellable: true, failover: { id: 3 } });
      expect(view.status.map(({ text }) => text)).toEqual([
        's1: closed the connection.',
        's1 has your user name and password already. Send them to another server as well?',
      ]);
    });

    it('goes on at the button, once', () => {
      const { now, view, effects } = play(...before, wants);
      expect(effects).toEqual([{ kind: 'confirm-failover' }]);
      expect(view).toMatchObject({ failover: null, waiting: 'Looking for a server...' });
      expect(step(now, wants(now))).toEqual({ next: now, effects: [] });
    });

    it('gives up at Cancel, and asks for the password again', () => {
      const { view, effects } = play(...before, cancel);
      expect(effects).toEqual([{ kind: 'abandon-attempt' }]);
      expect(view).toMatchObject({ failover: null, question: { label: 'Password' } });
    });

    it('offers it as well while a question of the server is open, which is withdrawn', () => {
      const { view } = play(types('ann'), types('x'), prompts('Code: ', false), fails, offers);
      expect(view).toMatchObject({ question: null, failover: { id: 4 } });
    });

    it('takes no click on an offer that was made before', () => {
      const { now } = play(...before, wants, fails, offers);
      expect(step(now, { kind: 'failover-confirmed', question: now.question - 1 }).effects).toEqual([]);
    });
  });

  it('withdraws the question of a server that has failed, when it goes on to the next', () => {
    const asked = play(types('ann'), types('x'), prompts('Code: ', true));
    const { now, view } = play(types('ann'), types('x'), prompts('Code: ', true), (before) => ({
      kind: 'progress',
      attempt: before.attempt,
      progress: { kind: 'connecting', servers: ['s2'] },
    }));
    expect(view).toMatchObject({ question: null, waiting: 'Connecting to s2...' });
    const late = { kind: 'answered', question: asked.now.question, answer: new Secret('1234') } as const;
    expect(step(now, late)).toEqual({ next: now, effects: [{ kind: 'wipe-answer', answer: late.answer }] });
  });

  it('keeps its state when a server reports progress that only says what is waited for', () => {
    const { now } = play(types('ann'), types('x'), ends(started));
    const progress = { kind: 'signing-in', server: 's2' } as const;
    expect(step(now, { kind: 'progress', attempt: 1, progress }).next).toBe(now);
  });

  it('keeps the newest 500 lines of a server that talks without end', () => {
    const talk = Array.from({ length: 501 }, (_, line) => hears(`line ${line}`));
    const { status } = play(types('ann'), types('x'), ...talk).view;
    expect(status).toHaveLength(500);
    expect([status[0]?.text, status.at(-1)?.text]).toEqual(['line 1', 'line 500']);
  });

  it('shows no line for a text that is empty once it is cleaned', () => {
    const { now, view } = play(types('ann'), types('x'), hears(' \u202e\n'));
    expect([now.status, view.status]).toEqual([[], []]);
  });

  it('asks no second question while one is open, nor once the session starts', () => {
    const first = play(types('ann'), types('x'), prompts('Code: ', true)).now;
    expect(step(first, prompts('Other: ', true)(first)).next).toBe(first);
    const { now } = play(types('ann'), types('x'), ends(started));
    expect(step(now, prompts('Code: ', true)(now)).next).toBe(now);
    expect(step(now, { kind: 'failover-proposed', attempt: 1, server: 's1' }).next).toBe(now);
    expect(step(now, ends({ kind: 'wrong-credentials', server: 's1' })(now)).next).toBe(now);
  });

  it('closes the windows once, also when a session is shown twice', () => {
    const shown: Event = { kind: 'session-shown', attempt: 1 };
    const { now } = play(types('ann'), types('x'), ends(started), shown);
    expect(step(now, shown)).toEqual({ next: now, effects: [] });
  });

  it('ignores a session that is shown or ends while none was started', () => {
    const { now } = play(types('ann'), types('x'));
    expect(step(now, { kind: 'session-shown', attempt: 1 })).toEqual({ next: now, effects: [] });
    expect(step(now, { kind: 'session-ended', attempt: 1, ended: endedWith('') })).toEqual({ next: now, effects: [] });
  });

  it('clears the lines of the attempt before when a name is refused, or the password is cancelled', () => {
    const failed = [types('ann'), types('x'), ends({ kind: 'wrong-credentials', server: 's1' })];
    expect(play(...failed, cancel).view.status).toEqual([]);
    expect(play(...failed, cancel, types('')).view.status).toHaveLength(1);
    expect(play(types(''), types('')).view.status).toHaveLength(1);
  });

  it('labels a question without text', () => {
    const { question } = play(types('ann'), types('x'), prompts('', true)).view;
    expect(question).toMatchObject({ label: 'Answer', hidden: false });
  });

  it('ends the attempt without a sentence when the login says that it was cancelled', () => {
    const { now, view } = play(types('ann'), types('x'), ends({ kind: 'cancelled' }));
    expect(now.status).toEqual([]);
    expect(view).toMatchObject({ status: [], question: { label: 'Password' } });
  });

  it('changes nothing at Cancel while it asks for the name, or behind the desktop', () => {
    const idle = newConversation();
    expect(step(idle, cancel)).toEqual({ next: idle, effects: [] });
    const { now } = play(types('ann'), types('x'), ends(started), { kind: 'session-shown', attempt: 1 });
    expect(step(now, cancel)).toEqual({ next: now, effects: [] });
  });

  it('shows each sentence as it was when it was made', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12, 0) });
    try {
      const failure = { server: 's1', code: 'host-certificate-time', detail: '' } as const;
      const { now } = play(types('ann'), types('x'), (before) => ({
        kind: 'progress',
        attempt: before.attempt,
        progress: { kind: 'failed', failure, phase: 'signing-in' },
      }));
      const { status } = viewOf(now, { client });
      vi.setSystemTime(Date.UTC(2026, 0, 1, 13, 0));
      expect(viewOf(now, { client }).status).toEqual(status);
      expect(status[0]?.text).toContain('2026-01-01 12:00');
    } finally {
      vi.useRealTimers();
    }
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
    expect(effects).toEqual([{ kind: 'abandon-attempt' }]);
    const late: Event[] = [
      { kind: 'ended', attempt: 1, outcome: started },
      { kind: 'prompted', attempt: 1, server: 's1', prompt: { text: 'Password: ', echo: false } },
      { kind: 'progress', attempt: 1, progress: { kind: 'server-message', server: 's1', text: 'late' } },
      { kind: 'session-shown', attempt: 1 },
      { kind: 'session-ended', attempt: 1, ended: endedWith('late') },
    ];
    for (const event of late) expect(step(now, event)).toEqual({ next: now, effects: [] });
  });

  it('takes a question of a server off the screen when the login goes on with another', () => {
    const fails: (now: Conversation) => Event = ({ attempt }) => ({
      kind: 'progress',
      attempt,
      progress: { kind: 'connecting', servers: ['s2'] },
    });
    const { now, view } = play(types('ann'), types('x'), prompts('Code: ', true), fails);
    expect(view).toMatchObject({ question: null, waiting: 'Connecting to s2...' });
    const answer = new Secret('123');
    expect(step(now, { kind: 'answered', question: now.question, answer }).effects).toEqual([
      { kind: 'wipe-answer', answer },
    ]);
  });

  it('keeps a question on the screen while its server says something', () => {
    const { view } = play(types('ann'), types('x'), prompts('Code: ', true), hears('Look at your telephone'));
    expect(view.question).toMatchObject({ label: 'Code:' });
    expect(view.status.at(-1)?.text).toBe('Look at your telephone');
  });

  it('keeps the last 500 lines of a server that talks without end', () => {
    const lines = Array.from({ length: 501 }, (_, at) => hears(`line ${at}`));
    const { status } = play(types('ann'), types('x'), ...lines).view;
    expect(status).toHaveLength(500);
    expect(status.at(0)?.text).toBe('line 1');
    expect(status.at(-1)?.text).toBe('line 500');
  });

  it('takes nothing of an attempt while none is under way', () => {
    const { now } = play(types('ann'), types('x'), ends({ kind: 'wrong-credentials', server: 's1' }));
    const { attempt } = now;
    const late: Event[] = [
      { kind: 'ended', attempt, outcome: started },
      { kind: 'prompted', attempt, server: 's1', prompt: { text: 'Password: ', echo: false } },
      { kind: 'failover-proposed', attempt, server: 's1' },
      { kind: 'session-shown', attempt },
      { kind: 'session-ended', attempt, ended: endedWith('late') },
      { kind: 'failover-confirmed', question: now.question },
      { kind: 'failover-confirmed', question: now.question - 1 },
    ];
    for (const event of late) expect(step(now, event)).toEqual({ next: now, effects: [] });
  });

  it('does nothing at Cancel before a name is typed and while the desktop runs', () => {
    expect(play(cancel).now).toEqual(newConversation());
    const before = [types('ann'), types('x'), ends(started)];
    const running = play(...before, { kind: 'session-shown', attempt: 1 }).now;
    expect(step(running, cancel)).toEqual({ next: running, effects: [] });
  });

  it.each<[string, ((now: Conversation) => Event)[]]>([
    ['is under way', []],
    ['asks something', [prompts('Code: ', true)]],
    ['waits for the desktop', [ends(started)]],
  ])('gives up an attempt that %s at Cancel, says so, and asks for the password again', (_, events) => {
    const { effects, view, now } = play(types('ann'), types('x'), ...events, cancel);
    expect(effects).toEqual([{ kind: 'abandon-attempt' }]);
    expect(view.question).toMatchObject({ label: 'Password' });
    expect(view.status.at(-1)).toMatchObject({ kind: 'info', text: 'The login was cancelled.' });
    expect(now.attempt).toBe(2);
  });

  it('forgets an answer that comes while nothing is asked', () => {
    const answer = new Secret('x');
    const shown: Event = { kind: 'session-shown', attempt: 1 };
    const offered: Event = { kind: 'failover-proposed', attempt: 1, server: 's1' };
    for (const events of [[], [offered], [ends(started)], [ends(started), shown]]) {
      const { now } = play(types('ann'), types('x'), ...events);
      const { next, effects } = step(now, { kind: 'answered', question: now.question, answer });
      expect(next).toBe(now);
      expect(effects).toEqual([{ kind: 'wipe-answer', answer }]);
    }
  });

  it('gives a question without words the name Answer', () => {
    expect(play(types('ann'), types('x'), prompts('', true)).view.question).toMatchObject({ label: 'Answer' });
    const { view } = play(types('ann'), types('x'), prompts('Welcome\n\nCode: ', false));
    expect(view.question).toMatchObject({ label: 'Code:', hidden: true });
    expect(view.status.map(({ text }) => text)).toEqual(['Welcome']);
  });

  it('shows a notice from before this greeter as an error, cleaned', () => {
    expect(play({ kind: 'notice', text: 'No\u0007 network' }).view.status).toMatchObject([
      { kind: 'error', text: 'No network' },
    ]);
  });

  it('keeps what was said when an entry of the menu fails', () => {
    const failure = { control: { kind: 'restart' }, problem: 'denied' } as const;
    const { status } = play(types(''), { kind: 'control-failed', failure }).view;
    expect(status.map(({ text }) => text)).toEqual(['Please type your user name.', 'The restart failed. denied']);
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

  it('hides the greeter when the desktop is shown, takes it away when that has settled, and ends with the session', () => {
    const attempt = 1;
    const before = [types('ann'), types('x'), ends(started)];
    expect(play(...before).view.waiting).toBe('Waiting for the desktop of s1...');
    const shown: Event = { kind: 'session-shown', attempt };
    expect(play(...before, shown).effects).toEqual([{ kind: 'hide-windows' }]);
    const settled: Event = { kind: 'session-settled', attempt };
    expect(play(...before, shown, settled).effects).toEqual([{ kind: 'close-windows' }]);
    expect(play(...before, settled).effects).toEqual([]);
    const ended = endedWith('');
    const end: Event = { kind: 'session-ended', attempt, ended };
    expect(play(...before, { kind: 'session-shown', attempt }, end).effects).toEqual([{ kind: 'finish', ended }]);
  });

  it('tells why a session ended before it showed a window', () => {
    const end: Event = { kind: 'session-ended', attempt: 1, ended: endedWith('no Xsession on this server') };
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
      { kind: 'session-chosen', session: mate },
      { kind: 'language-chosen', language: german },
    ];
    const goesTo = (options: Partial<SessionOptions>): Event => ({
      kind: 'server-chosen',
      choice: { mode: 'server', name: 's2' },
      options: { ...sessionOptionsFrom([]), ...options },
    });

    it('shows both, and logs in with both', () => {
      expect(play().view).toMatchObject({ chosenSession: null, chosenLanguage: null });
      const { effects, view } = play(...chosen, types('ann'), types('x'));
      expect(view).toMatchObject({ chosenSession: 'MATE', chosenLanguage: 'Deutsch' });
      expect(effects).toMatchObject([
        { kind: 'log-in', pick: { session: { kind: 'named', name: 'MATE', exec: 'mate' }, language: 'de_DE.UTF-8' } },
      ]);
    });

    it('goes back to the default, and says so, where another server does not have them', () => {
      const options = { sessions: [...sessionOptionsFrom([]).sessions, named('x', 'Xfce', 'xfce')] };
      const french = { ...german, key: 'language fr' };
      const { view } = play(
        ...chosen,
        goesTo({ ...options, languages: [...sessionOptionsFrom([]).languages, french] }),
      );
      expect(view).toMatchObject({ chosenServer: 's2', chosenSession: null, chosenLanguage: null });
      expect(view.status.map(({ text }) => text)).toEqual([
        's2 does not offer MATE. The default is used instead.',
        's2 does not offer Deutsch. The default is used instead.',
      ]);
    });

    it('keeps what another server has too, by name or command, and asks nothing of one that tells nothing', () => {
      const other = named('m2', 'MATE', '/usr/bin/mate');
      const there = play(
        ...chosen,
        goesTo({ sessions: [...sessionOptionsFrom([]).sessions, other] }),
        types('ann'),
        types('x'),
      );
      expect(there.effects).toMatchObject([{ pick: { session: other.pick, language: 'de_DE.UTF-8' } }]);
      expect(there.view.status).toEqual([]);
      expect(play(...chosen, goesTo({})).view).toMatchObject({
        chosenSession: 'MATE',
        chosenLanguage: 'Deutsch',
        status: [],
      });
    });

    it('keeps them after a failed login', () => {
      const { view } = play(...chosen, types('ann'), types('x'), ends({ kind: 'wrong-credentials', server: 's1' }));
      expect(view).toMatchObject({ chosenSession: 'MATE', chosenLanguage: 'Deutsch' });
    });

    it('leaves the menu without what the administrator has chosen', () => {
      const { permitted } = viewOf(play().now, { client, forced: ['session'] });
      expect(permitted).toMatchObject({ session: false, language: true });
    });

    it('offers restart and shut-down unless they are forbidden', () => {
      expect(viewOf(play().now, { client, power: {} }).permitted.power).toBe(true);
      expect(viewOf(play().now, { client, power: undefined }).permitted.power).toBe(false);
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
      fc.constant((now: Conversation): Event => ({ kind: 'failover-proposed', attempt: now.attempt, server: 's1' })),
      fc.constant((now: Conversation): Event => ({ kind: 'failover-confirmed', question: now.question })),
      fc.constant(hears('hello')),
      fc.constant((now: Conversation): Event => ({ kind: 'session-shown', attempt: now.attempt })),
      fc.constant((now: Conversation): Event => ({ kind: 'session-settled', attempt: now.attempt })),
      fc.constant(
        (now: Conversation): Event => ({ kind: 'session-ended', attempt: now.attempt, ended: endedWith('x') }),
      ),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { now, view } = play(types('ann'), ...events);
        // The user name may be that word when it was typed at the name; nothing else may.
        const { stage, ...rest } = now;
        expect(JSON.stringify('user' in stage && stage.user === 'geheim' ? rest : now)).not.toContain('geheim');
        const asks = view.question !== null || (view.failover !== null && view.cancellable);
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
