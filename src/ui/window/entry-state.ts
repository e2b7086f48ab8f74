/**
 * What the entry is for at a moment, as pure steps. Keys typed between an answer and the next question are kept for
 * that question, but only if it hides them too: letters typed blind may be a password and must not become readable.
 */
import type { Question } from '../../protocol/greeter-messages.js';

export type EntryState =
  /** Nothing is asked and nothing can be typed. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'asked'; readonly question: Question }
  /** The question `answered` is done with, the next has not come. `ahead` is an answer that Enter was pressed for. */
  | { readonly kind: 'between'; readonly answered: number; readonly ahead: string | null };

export interface Answer {
  readonly question: number;
  readonly text: string;
}

export interface Step {
  readonly next: EntryState;
  /** What becomes of the text in the entry: `keep`, or the text to stand there instead. */
  readonly text: 'keep' | { readonly set: string };
  readonly send: Answer | null;
}

/** The view asks `question`, or nothing. A question that was answered already is an old view that crossed the answer. */
export function ask(state: EntryState, question: Question | null): Step {
  if (question === null) {
    return { next: { kind: 'closed' }, text: state.kind === 'closed' ? 'keep' : { set: '' }, send: null };
  }
  if (state.kind === 'asked' && state.question.id === question.id) {
    return { next: { kind: 'asked', question }, text: 'keep', send: null };
  }
  if (state.kind === 'between' && state.answered === question.id) return { next: state, text: 'keep', send: null };
  if (state.kind === 'between' && question.hidden) {
    if (state.ahead === null) return { next: { kind: 'asked', question }, text: 'keep', send: null };
    return {
      next: { kind: 'between', answered: question.id, ahead: null },
      text: 'keep',
      send: { question: question.id, text: state.ahead },
    };
  }
  return { next: { kind: 'asked', question }, text: { set: question.initial }, send: null };
}

/** Enter was pressed with `text` in the entry. */
export function submit(state: EntryState, text: string): Step {
  switch (state.kind) {
    case 'asked':
      return {
        next: { kind: 'between', answered: state.question.id, ahead: null },
        text: { set: '' },
        send: { question: state.question.id, text },
      };
    case 'between':
      // Enter pressed twice is no answer to a question that nobody has seen.
      if (text === '') return { next: state, text: 'keep', send: null };
      return { next: { ...state, ahead: text }, text: { set: '' }, send: null };
    case 'closed':
      return { next: state, text: 'keep', send: null };
  }
}
