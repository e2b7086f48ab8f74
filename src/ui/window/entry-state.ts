/**
 * The state of the entry, as pure steps. Text typed between an answer and the next question is kept for that question,
 * but only if the question hides it too: text typed blind may be a password and must not become readable.
 */
import type { Question } from '../../protocol/greeter-messages.js';

export type EntryState =
  /** Nothing is asked and nothing can be typed. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'asked'; readonly question: Question }
  /** The question `answered` was answered, the next one has not come. `ahead` is a complete answer to it. */
  | { readonly kind: 'between'; readonly answered: number; readonly ahead: string | null };

export interface Answer {
  readonly question: number;
  readonly text: string;
}

export interface Step {
  readonly next: EntryState;
  /** Keeps the text in the entry, or replaces it. */
  readonly text: 'keep' | { readonly set: string };
  readonly send: Answer | null;
}

/** The view asks `question`, or nothing. A view whose question was already answered has crossed the answer. */
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
      // Enter pressed twice does not answer a question that nobody has seen.
      if (text === '') return { next: state, text: 'keep', send: null };
      return { next: { ...state, ahead: text }, text: { set: '' }, send: null };
    case 'closed':
      return { next: state, text: 'keep', send: null };
  }
}
