import { describe, expect, it } from 'vitest';
import { type Conversation, newConversation, type Stage } from '../../../src/greeter/conversation/conversation.js';
import { rowsOf, type Surroundings, viewOf } from '../../../src/greeter/presenter/view.js';
import { status } from '../../support/statuses.js';

const client = { name: 'pc01', address: null };
const view = (conversation: Partial<Conversation>, surroundings: Partial<Surroundings> = {}) =>
  viewOf({ ...newConversation(), ...conversation }, { client, ...surroundings });

const user = 'ann';
const server = 's1';
const stages = {
  'user-name': { at: 'user-name', user: '' },
  password: { at: 'password', user },
  connecting: { at: 'connecting', user, waitingFor: { kind: 'choosing' } },
  prompted: { at: 'prompted', user, server, label: 'Code:', hidden: false },
  failover: { at: 'failover', user, server },
  starting: { at: 'starting', user, server },
  running: { at: 'running', server },
} as const satisfies Record<Stage['at'], Stage>;

/** The stages in which something is so. */
const when = (isSo: (stage: Stage) => boolean): string[] =>
  Object.values(stages)
    .filter(isSo)
    .map(({ at }) => at);

describe('the view of a conversation', () => {
  it('has Cancel wherever there is something to cancel', () => {
    expect(when((stage) => view({ stage }).cancellable)).toEqual([
      'password',
      'connecting',
      'prompted',
      'failover',
      'starting',
    ]);
    expect(view({ countdown: 5 }).cancellable).toBe(true);
  });

  it('has one question, or none while the user waits', () => {
    expect(when((stage) => view({ stage }).question !== null)).toEqual(['user-name', 'password', 'prompted']);
    expect(view({ stage: stages.prompted, question: 3 }).question).toEqual({
      id: 3,
      label: 'Code:',
      hidden: false,
      initial: '',
    });
    expect(view({}).question).toMatchObject({ initial: '' });
  });

  it('has the guest button beside the question for a name, where it is offered', () => {
    expect(when((stage) => view({ stage, guest: 'offered' }).guestButton)).toEqual(['user-name']);
    expect(when((stage) => view({ stage, guest: 'none' }).guestButton)).toEqual([]);
  });

  it('tells the windows when the desktop starts', () => {
    expect(when((stage) => view({ stage }).isDesktopStarting)).toEqual(['starting']);
  });

  it('names the user who logs in, but not the guest account', () => {
    expect(when((stage) => view({ stage }).user === 'Logging in as ann')).toEqual([
      'password',
      'connecting',
      'prompted',
      'failover',
      'starting',
    ]);
    expect(view({ stage: { ...stages.connecting, user: null } }).user).toBeNull();
  });

  it('has the entries of the menu, and only what the administrator permits', () => {
    expect(view({}).menuEntries).toEqual([]);
    expect(view({}, { menu: [{ label: 'Call _Help' }] }).menuEntries).toEqual(['Call _Help']);
    expect(view({}, { forced: ['language'] }).permitted).toEqual({ session: true, language: false, power: false });
    expect(view({}, { forced: ['session'], power: {} }).permitted).toEqual({
      session: false,
      language: true,
      power: true,
    });
  });

  it('ends with what keeps everybody from logging in', () => {
    const surroundings = { greeting: 'Welcome', hasSettingsProblems: true };
    expect(view({}, surroundings).status).toMatchObject([{ kind: 'info', text: 'Welcome' }, { kind: 'info' }]);
    expect(view({}).status).toEqual([]);
    expect(view({ stage: stages.connecting }, { ...surroundings, missing: 'cable' }).status).toEqual([
      { kind: 'error', text: expect.stringContaining('cable') },
    ]);
  });

  it('says what is missing beyond this computer only where there is nothing else to say', () => {
    const missing = 'servers' as const;
    expect(view({}, { missing }).status).toMatchObject([{ kind: 'error', text: expect.stringContaining('No server') }]);
    expect(view({ stage: stages.connecting }, { missing }).status).toEqual([]);
    expect(view({ status: [{ kind: 'login-cancelled' }] }, { missing }).status).toMatchObject([{ kind: 'info' }]);
  });

  it('keeps the reasons of the servers for the administrator where none can be reached', () => {
    const servers = [status('s1', { state: 'down', reason: 'refused' })];
    expect(view({}, { missing: 'servers', servers }).details).toEqual(['s1: down: refuses connections']);
    expect(view({}, { missing: 'cable', servers }).details).toEqual([]);
    expect(view({}, { servers }).details).toEqual([]);
    const many = Array.from({ length: 300 }, (_, i) => status(`s${i}`, { state: 'down', reason: 'refused' }));
    expect(view({}, { missing: 'servers', servers: many }).details).toHaveLength(200);
  });

  it('has a row for each server', () => {
    const down = status('s2', { state: 'down', reason: 'refused' });
    expect(rowsOf([status('s1', { rating: 70, sessions: 3 }), down])).toEqual([
      { name: 's1', usable: true, wake: 'no', rating: 70, sessions: 3, state: 'up' },
      { name: 's2', usable: false, wake: 'no', rating: null, sessions: null, state: 'down: refuses connections' },
    ]);
    expect(rowsOf([down], () => 'possible')).toMatchObject([{ wake: 'possible', state: 'down: refuses connections' }]);
    expect(rowsOf([down], () => 'under-way')).toMatchObject([{ wake: 'under-way', state: 'waking up...' }]);
  });
});
