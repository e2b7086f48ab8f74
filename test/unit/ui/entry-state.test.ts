import { describe, expect, it } from 'vitest';
import type { Question } from '../../../src/protocol/greeter-messages.js';
import { ask, type EntryState, submit } from '../../../src/ui/window/entry-state.js';

const user: Question = { id: 1, label: 'Username', hidden: false, initial: 'dora' };
const password: Question = { id: 2, label: 'Password', hidden: true, initial: '' };
const closed: EntryState = { kind: 'closed' };
const between: EntryState = { kind: 'between', answered: 1, ahead: null };

describe('the entry', () => {
  it('starts a question with its initial text', () => {
    expect(ask(closed, user)).toEqual({ next: { kind: 'asked', question: user }, text: { set: 'dora' }, send: null });
  });

  it('leaves the text alone while the same question is asked', () => {
    expect(ask({ kind: 'asked', question: user }, { ...user, initial: 'x' }).text).toBe('keep');
  });

  it('is emptied when its text is handed over', () => {
    expect(submit({ kind: 'asked', question: user }, 'dora')).toEqual({
      next: between,
      text: { set: '' },
      send: { question: 1, text: 'dora' },
    });
  });

  it('sends an empty answer to a question, but none to a question that was not asked yet', () => {
    expect(submit({ kind: 'asked', question: password }, '').send).toEqual({ question: 2, text: '' });
    expect(submit(between, '')).toEqual({ next: between, text: 'keep', send: null });
    expect(submit(closed, 'x').send).toBeNull();
  });

  it('does not ask again what was answered, when an old view comes late', () => {
    expect(ask(between, user)).toEqual({ next: between, text: 'keep', send: null });
  });

  it('keeps what was typed ahead for a hidden question only', () => {
    expect(ask(between, password)).toEqual({ next: { kind: 'asked', question: password }, text: 'keep', send: null });
    expect(ask(between, { ...user, id: 3, initial: '' }).text).toEqual({ set: '' });
  });

  it('answers a hidden question with what Enter was pressed for ahead of it', () => {
    const ahead = submit(between, 'secret');
    expect(ahead).toEqual({ next: { ...between, ahead: 'secret' }, text: { set: '' }, send: null });
    expect(ask(ahead.next, password)).toEqual({
      next: { kind: 'between', answered: 2, ahead: null },
      text: 'keep',
      send: { question: 2, text: 'secret' },
    });
    expect(ask(ahead.next, { ...user, id: 3 }).send).toBeNull();
  });

  it('forgets everything when nothing is asked any more', () => {
    expect(ask({ ...between, ahead: 'secret' }, null)).toEqual({ next: closed, text: { set: '' }, send: null });
  });
});
