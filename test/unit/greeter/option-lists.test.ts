import { describe, expect, it } from 'vitest';
import { newConversation } from '../../../src/greeter/conversation/conversation.js';
import { OptionLists } from '../../../src/greeter/session-options/option-lists.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import { status } from '../../support/statuses.js';

const told = parseServerInfo('session-with-name:MATE:mate\nlanguage:de_DE.UTF-8\n') ?? null;
const mate = { key: 'session MATE', label: 'MATE', note: '', pick: { kind: 'default' } } as const;
const german = { key: 'language de_DE.UTF-8', label: 'Deutsch', note: '', pick: 'de_DE.UTF-8' };
const conversation = { ...newConversation(), session: mate, language: german };

function lists(): OptionLists {
  const made = new OptionLists(() => [status('s1', { info: told })]);
  made.learn();
  return made;
}

describe('the lists of sessions and languages', () => {
  it('go to the windows that have asked for them, each with what is chosen', () => {
    const made = lists();
    expect(made.messages(conversation)).toEqual([]);
    made.request('language');
    made.request('session');
    expect(made.messages(conversation)).toMatchObject([
      { type: 'options', kind: 'language', chosen: german.key, rows: [{ label: 'Default' }, { key: german.key }] },
      { type: 'options', kind: 'session', chosen: mate.key, rows: [{}, { key: 'failsafe' }, { key: mate.key }] },
    ]);
  });

  it('find what was chosen by its key', () => {
    const automatic = { mode: 'automatic' } as const;
    expect(lists().findSession(automatic, mate.key)).toMatchObject({ pick: { kind: 'named', name: 'MATE' } });
    expect(lists().findLanguage(automatic, german.key)).toMatchObject({ pick: 'de_DE.UTF-8' });
    expect([lists().findSession(automatic, 'x'), lists().findLanguage(automatic, 'x')]).toEqual([undefined, undefined]);
  });

  it('go to new windows only when they ask as well', () => {
    const made = lists();
    made.request('session');
    made.forgetRequests();
    expect(made.messages(conversation)).toEqual([]);
  });
});
