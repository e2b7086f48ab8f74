/** The entry with its label and button: shows the question, takes the answer. */

import type { Question } from '../../protocol/greeter-messages.js';
import type { Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';
import { type Answer, ask, type EntryState, type Step, submit } from './entry-state.js';

interface Parts {
  readonly label: Gtk3.Label;
  readonly entry: Gtk3.Entry;
  readonly button: Gtk3.Button;
  /** Shows the password while it is pressed. */
  readonly reveal: Gtk3.ToggleButton;
}

export class QuestionEntry {
  readonly #parts: Parts;
  readonly #send: (answer: Answer) => void;
  #state: EntryState = { kind: 'closed' };

  constructor(parts: Parts, send: (answer: Answer) => void) {
    this.#parts = parts;
    this.#send = send;
    const enter = guard(() => this.#take(submit(this.#state, parts.entry.getText())));
    parts.entry.on('activate', enter);
    parts.button.on('clicked', enter);
    parts.reveal.on(
      'toggled',
      guard(() => this.#showLetters()),
    );
    this.#name(t('Username'));
    this.#take(ask(this.#state, null));
  }

  /** Idempotent: a question that is already shown keeps text, cursor and focus. */
  show(question: Question | null): void {
    const before = this.#state;
    this.#take(ask(before, question));
    if (this.#state.kind !== 'asked') return;
    this.#name(this.#state.question.label);
    if (before.kind !== 'asked' || before.question.id !== this.#state.question.id) this.focus();
  }

  /** Focuses the entry, with the cursor after its text, if it is open. */
  focus(): void {
    if (!this.#parts.entry.sensitive) return;
    this.#parts.entry.grabFocusWithoutSelecting();
    this.#parts.entry.setPosition(-1);
  }

  #take(step: Step): void {
    const { entry, button, reveal } = this.#parts;
    const isSameQuestion = questionOf(step.next) === questionOf(this.#state);
    this.#state = step.next;
    // The next user must not find it pressed.
    if (!isSameQuestion) reveal.setActive(false);
    // Cleared before it may become readable.
    if (step.text !== 'keep') entry.setText('');
    this.#showLetters();
    if (step.text !== 'keep' && step.text.set !== '') entry.setText(step.text.set);
    entry.setSensitive(step.next.kind !== 'closed');
    button.setSensitive(step.next.kind !== 'closed');
    if (step.send !== null) this.#send(step.send);
  }

  /** Shows letters or dots; the button is there only for hidden text. */
  #showLetters(): void {
    const { entry, reveal } = this.#parts;
    const hidden = this.#state.kind !== 'asked' || this.#state.question.hidden;
    const hasButton = this.#state.kind === 'asked' && hidden;
    // If it were hidden while focused, no widget would get the keys.
    if (!hasButton && reveal.isFocus) this.focus();
    reveal.setVisible(hasButton);
    entry.setVisibility(!hidden || (hasButton && reveal.getActive()));
  }

  #name(label: string): void {
    if (this.#parts.label.getText() === label) return;
    this.#parts.label.setText(label);
    this.#parts.entry.getAccessible().setName(label);
  }
}

/** Number of the open question. */
function questionOf(state: EntryState): number | undefined {
  return state.kind === 'asked' ? state.question.id : undefined;
}
