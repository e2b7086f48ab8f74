/** All messages since the attempt began: plain text that wraps and scrolls, never markup. */

import type { StatusLine } from '../../protocol/greeter-messages.js';
import { Gtk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';

/** Marks an error without color, also for a screen reader. */
const errorSign = '\u26a0 ';

export class StatusText {
  readonly #view: Gtk3.TextView;
  readonly #buffer: Gtk3.TextBuffer;
  readonly #announce: (text: string) => void;
  #lines: readonly StatusLine[] = [];

  /** @param announce gets new messages, for a screen reader */
  constructor(view: Gtk3.TextView, frame: Gtk3.ScrolledWindow, announce: (text: string) => void) {
    this.#announce = announce;
    this.#view = view;
    this.#buffer = view.getBuffer();
    view.getAccessible().setName(t('Status'));
    const tag = new Gtk.TextTag({ name: 'error', weight: 700 });
    const applyColor = guard(() => {
      const [isThemed, color] = view.getStyleContext().lookupColor('status_error_color');
      if (isThemed) tag.foregroundRgba = color;
    });
    applyColor();
    view.on('style-updated', applyColor);
    this.#buffer.getTagTable().add(tag);
    followEnd(frame);
  }

  /** Idempotent. Added lines leave the others, and a selection in them, alone. */
  show(lines: readonly StatusLine[]): void {
    const known = this.#lines.length;
    const grown = lines.length >= known && this.#lines.every((line, i) => isSame(line, lines[i]));
    if (grown && lines.length === known) return;
    if (!grown) this.#buffer.setText('', -1);
    const added = grown ? lines.slice(known) : lines;
    for (const line of added) this.#append(line);
    this.#announce(added.map(({ text }) => text).join('\n'));
    this.#lines = lines;
    // Without text it would be an invisible stop for the Tab key.
    this.#view.setCanFocus(lines.length > 0);
  }

  #append(line: StatusLine): void {
    const start = this.#buffer.getCharCount();
    const text = line.kind === 'error' ? errorSign + line.text : line.text;
    this.#buffer.insert(this.#buffer.getEndIter(), start === 0 ? text : `\n${text}`, -1);
    if (line.kind !== 'error') return;
    this.#buffer.applyTagByName('error', this.#buffer.getIterAtOffset(start), this.#buffer.getEndIter());
  }
}

function isSame(a: StatusLine, b: StatusLine | undefined): boolean {
  return b !== undefined && a.kind === b.kind && a.text === b.text;
}

/**
 * Keeps the newest line visible as the text grows, unless the user has scrolled back. The view's own scrolling uses
 * heights that it does not know yet.
 */
function followEnd(frame: Gtk3.ScrolledWindow): void {
  const scroll = frame.getVadjustment();
  const style = frame.getStyleContext();
  const end = (): number => scroll.getUpper() - scroll.getPageSize();
  let isAtEnd = true;
  scroll.on(
    'value-changed',
    guard(() => {
      isAtEnd = scroll.getValue() >= end() - 1;
    }),
  );
  scroll.on(
    'changed',
    guard(() => {
      // The bar keeps its room, so that no line wraps differently, but is visible only when needed.
      if (end() > 0) style.addClass('scrolls');
      else style.removeClass('scrolls');
      if (isAtEnd) scroll.setValue(end());
    }),
  );
}
