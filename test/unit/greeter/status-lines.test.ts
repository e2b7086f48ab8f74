import { describe, expect, it } from 'vitest';
import type { EndedSession } from '../../../src/greeter/attempt/session-watch.js';
import type { StatusEntry } from '../../../src/greeter/conversation/status.js';
import { earlyEndNotice, statusLines } from '../../../src/greeter/presenter/status-lines.js';

const ended = (own: Partial<EndedSession>): EndedSession => ({
  server: 's1',
  end: { kind: 'exit', code: 3 },
  errors: '',
  earlySeconds: undefined,
  display: 'here',
  ...own,
});

describe('the lines on the login screen', () => {
  it.each<[string, StatusEntry, 'info' | 'error']>([
    ['a word', { kind: 'progress', progress: { kind: 'server-message', server: 's1', text: 'a word' } }, 'info'],
    ['s1 is not answering. Waiting...', { kind: 'progress', progress: { kind: 'silent', server: 's1' } }, 'error'],
    ['Two factors', { kind: 'prompt-text', text: 'Two factors' }, 'info'],
    [
      's1 has your user name and password already. Send them to another server as well?',
      { kind: 'failover-question', server: 's1' },
      'info',
    ],
    ['The login was cancelled.', { kind: 'login-cancelled' }, 'info'],
    ['A user name has at most 256 characters.', { kind: 'user-name-rejected', problem: 'too-long' }, 'error'],
    [
      'No server offers MATE. The default is used instead.',
      { kind: 'option-unavailable', choice: { mode: 'automatic' }, label: 'MATE' },
      'info',
    ],
    [
      'The login window had to be started again. Nothing was lost.',
      { kind: 'windows-restarted', messages: 'kept' },
      'error',
    ],
    ['The session on s1 ended at once. Its exit code was 3.', { kind: 'session-ended', ended: ended({}) }, 'error'],
    [
      'The session on s1 ended at once. It was ended by KILL.',
      { kind: 'session-ended', ended: ended({ end: { kind: 'signal', signal: 'KILL' } }) },
      'error',
    ],
    [
      'The session on s1 ended at once. The connection was lost.',
      { kind: 'session-ended', ended: ended({ end: { kind: 'lost', cause: 'cut', detail: 'x' } }) },
      'error',
    ],
    [
      'The session on s1 ended at once. no Xsession',
      { kind: 'session-ended', ended: ended({ errors: 'no Xsession' }) },
      'error',
    ],
    [
      'Call Help failed. not found',
      {
        kind: 'control-failed',
        failure: { control: { kind: 'menu-entry', label: 'Call _Help' }, problem: 'not found' },
      },
      'error',
    ],
    [
      'Shutting down failed. denied',
      { kind: 'control-failed', failure: { control: { kind: 'shut-down' }, problem: 'denied' } },
      'error',
    ],
    ['Please log in again.', { kind: 'notice', text: 'Please log in again.' }, 'error'],
  ])('%s', (text, entry, kind) => {
    // Each entry gets its sentence once.
    expect(statusLines([{ ...entry }])).toEqual([{ kind, text }]);
  });

  it('have nothing for an entry without a sentence', () => {
    expect(statusLines([{ kind: 'progress', progress: { kind: 'server-message', server: 's1', text: '' } }])).toEqual(
      [],
    );
  });
});

describe('the notice about a session that ended early', () => {
  it('is there only where the session ended early', () => {
    expect(earlyEndNotice(ended({}))).toBeUndefined();
    expect(earlyEndNotice(ended({ earlySeconds: 2, errors: 'no Xsession' }))).toBe(
      'The session on s1 ended after 2 seconds.\nno Xsession',
    );
  });
});
