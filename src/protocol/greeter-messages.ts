/**
 * The messages between `ldm` and the greeter's process, as JSON over the channel of child_process.fork. `ldm` sends
 * complete views, so that a restarted greeter shows the same. The greeter sends what the user did. Both sides ignore
 * malformed messages.
 */
import * as v from 'valibot';

/** Maximum characters of a text in either direction. The entry accepts no longer user name or password. */
export const maxTextLength = 16_384;
const text = v.pipe(v.string(), v.maxLength(maxTextLength));
/** Text to show: plain, never markup, without control characters except the line end. */
const shown = text;
/** Bytes in UTF-8. */
const answerLength = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3 * maxTextLength));
const count = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

/** The current question to the user. */
const question = v.object({
  /** A new question has a new number. The same number again keeps the text that was typed. */
  id: v.number(),
  /** Label and accessible name of the entry: `Username`, or the prompt's own text. */
  label: shown,
  /** Dots instead of letters. */
  hidden: v.boolean(),
  /** Initial text of the entry, selected. */
  initial: text,
});
export type Question = v.InferOutput<typeof question>;

const line = v.object({ kind: v.picklist(['info', 'error']), text: shown });
export type StatusLine = v.InferOutput<typeof line>;

/** The login window. */
const view = v.object({
  question: v.nullable(question),
  /** A button offers to try another server; never together with a question. */
  failover: v.nullable(v.object({ id: v.number() })),
  /** A sentence about who logs in; null while the user name is asked. */
  user: v.nullable(shown),
  /** A sentence about what the login waits for, shown with a spinner; null where it does not wait. */
  waiting: v.nullable(shown),
  /** A desktop is starting, and its window manager must not manage these windows. */
  isDesktopStarting: v.boolean(),
  /** Cancel is offered, also while a server's question is open. */
  cancellable: v.boolean(),
  /** The guest button is offered. */
  guestButton: v.boolean(),
  /** Seconds until the automatic login of the guest account; null where there is none. */
  countdown: count,
  /** All messages since the attempt began, oldest first. */
  status: v.array(line),
  /** Each server's reason, for the administrator. A button shows them; without any it is not offered. */
  details: v.array(shown),
  /** This client, for the corner: host name and address. */
  client: v.object({ name: shown, address: v.nullable(shown) }),
  /** The server chosen by hand, or null in automatic mode. */
  chosenServer: v.nullable(shown),
  /** The labels of the session and language chosen by hand, or null for the default. */
  chosenSession: v.nullable(shown),
  chosenLanguage: v.nullable(shown),
  /** What the menu offers; the administrator may have decided the rest. */
  permitted: v.object({ session: v.boolean(), language: v.boolean(), power: v.boolean() }),
  /** The administrator's menu entries, each with _ before its mnemonic letter. Messages refer to them by index. */
  menuEntries: v.array(shown),
  /** A strftime format for the corner, or null for the language's format. */
  clock: v.nullable(shown),
});
export type View = v.InferOutput<typeof view>;

const row = v.object({
  /** The server's name as listed, which identifies the row. */
  name: shown,
  /** Can be chosen; otherwise grayed. */
  usable: v.boolean(),
  /** Whether it can be switched on from here, and whether that is under way. */
  wake: v.picklist(['no', 'possible', 'under-way']),
  /** 0-100. */
  rating: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  sessions: count,
  /** The state as text, with the reason: `up`, `checking...`, `down: no answer in time`. */
  state: shown,
});
export type ServerRow = v.InferOutput<typeof row>;

const choice = v.variant('mode', [
  v.object({ mode: v.literal('automatic') }),
  v.object({ mode: v.literal('server'), name: text }),
]);
/** Automatic, or the server that the user wants. */
export type ServerChoice = v.InferOutput<typeof choice>;

const option = v.object({
  /** Identifies the row; not shown. */
  key: text,
  label: shown,
  /** A short explanation beside it, or empty. */
  note: shown,
});
/** One row of the session or language dialog. */
export type Option = Readonly<v.InferOutput<typeof option>>;

const optionKind = v.picklist(['session', 'language']);
/** The subject of the options dialog. */
export type OptionKind = v.InferOutput<typeof optionKind>;

const powerAction = v.picklist(['restart', 'shut-down']);
export type PowerAction = v.InferOutput<typeof powerAction>;

const looks = v.object({
  /** A name under data/themes, or an absolute path. */
  theme: text,
  contrast: v.picklist(['normal', 'high']),
  textSize: v.picklist(['normal', 'larger']),
});
/** The initial looks of the windows: the greeter's only argument, since no message could come early enough. */
export type Looks = v.InferOutput<typeof looks>;
export const defaultLooks: Looks = { theme: 'today', contrast: 'normal', textSize: 'normal' };

/** A keyboard layout: `de`, or `fr(bepo)`, with its readable name. */
const layout = v.object({ id: text, name: shown });
export type KeyboardLayout = v.InferOutput<typeof layout>;

const aid = v.picklist(['screen-reader', 'on-screen-keyboard']);
/** An assistive tool for reading or typing. */
export type Aid = v.InferOutput<typeof aid>;

/** An assistive tool of this client. */
const aidState = v.object({ aid, running: v.boolean() });
export type AidState = v.InferOutput<typeof aidState>;

const toGreeter = v.variant('type', [
  v.object({ type: v.literal('view'), view }),
  /** All rows of the server dialog in list order, sent whenever one changes. */
  v.object({ type: v.literal('servers'), choice, asking: v.boolean(), rows: v.array(row) }),
  /** The keyboard layouts to choose from, and the active one (null: none of them). */
  v.object({ type: v.literal('keyboard'), layouts: v.array(layout), current: v.nullable(text) }),
  /** The assistive tools of this client, and which of them run. */
  v.object({ type: v.literal('aids'), aids: v.array(aidState) }),
  /** All rows of the session or language dialog, sent on request and then at each change. */
  v.object({ type: v.literal('options'), kind: optionKind, chosen: text, rows: v.array(option) }),
  /** The screen has gone dark because nobody used it, or is light again. */
  v.object({ type: v.literal('screen'), state: v.picklist(['dark', 'light']) }),
  /** The session has its first window: end. */
  /** The desktop is on the screen. */
  v.object({ type: v.literal('hide') }),
  v.object({ type: v.literal('quit') }),
]);
export type ToGreeter = v.InferOutput<typeof toGreeter>;

const fromGreeter = v.variant('type', [
  /** The window is on the screen; `ldm` answers with the current view and servers. */
  v.object({ type: v.literal('ready') }),
  /** Announces an answer that was sent before, through a pipe (answer-pipe.ts). */
  v.object({ type: v.literal('answer'), question: v.number(), bytes: answerLength }),
  v.object({ type: v.literal('cancel') }),
  /** Another server may be tried. `question` is the number of the failover in the view. */
  v.object({ type: v.literal('confirm-failover'), question: v.number() }),
  /** The guest button. */
  v.object({ type: v.literal('guest-login') }),
  /** A key or a button was pressed while a countdown was shown. */
  v.object({ type: v.literal('user-active') }),
  /** The server dialog opened, or its Refresh was pressed: ask every server now. */
  v.object({ type: v.literal('refresh') }),
  /** A server is to be switched on. */
  v.object({ type: v.literal('wake-server'), name: text }),
  /** OK in the server dialog. */
  v.object({ type: v.literal('choose-server'), choice }),
  /** The session or language dialog opened and needs its rows. */
  v.object({ type: v.literal('request-options'), kind: optionKind }),
  /** OK in that dialog. */
  v.object({ type: v.literal('choose-session'), key: text }),
  v.object({ type: v.literal('choose-language'), key: text }),
  /** One of the administrator's menu entries, by its index. */
  v.object({ type: v.literal('menu'), entry: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  /** Confirmed by the user. */
  v.object({ type: v.literal('power'), action: powerAction }),
  /** Another keyboard layout was chosen. */
  v.object({ type: v.literal('choose-keyboard'), layout: text }),
  /** An assistive tool was turned on or off. */
  v.object({ type: v.literal('aid'), aid, wanted: v.picklist(['running', 'stopped']) }),
  /** Something cannot be used and was left out; for the log. */
  v.object({ type: v.literal('warning'), text }),
  /** A callback of the windows failed; the greeter ends right after. */
  v.object({ type: v.literal('crashed'), text }),
  v.object({ type: v.literal('no-display') }),
]);
export type FromGreeter = v.InferOutput<typeof fromGreeter>;

/** @returns undefined for anything that is not a message to the greeter */
export function parseToGreeter(message: unknown): ToGreeter | undefined {
  const result = v.safeParse(toGreeter, message);
  return result.success ? result.output : undefined;
}

/** @returns undefined for anything that is not a message from the greeter */
export function parseFromGreeter(message: unknown): FromGreeter | undefined {
  const result = v.safeParse(fromGreeter, message);
  return result.success ? result.output : undefined;
}

/** @param argument JSON; where it is missing or invalid, the default looks are used */
export function parseLooks(argument: string | undefined): Looks {
  try {
    const result = v.safeParse(looks, JSON.parse(argument ?? ''));
    return result.success ? result.output : defaultLooks;
  } catch {
    return defaultLooks;
  }
}
