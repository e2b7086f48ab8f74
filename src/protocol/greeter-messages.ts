/**
 * The messages between `ldm` and the greeter's process, as JSON over the channel of child_process.fork. `ldm` sends the
 * complete view each time, so that a restarted greeter shows the same. The greeter sends what the user did. Both sides
 * accept only valid messages.
 */
import * as v from 'valibot';

/** In characters, in either direction. The entry refuses a longer user name or password. */
export const maxTextLength = 16_384;
const text = v.pipe(v.string(), v.maxLength(maxTextLength));
/** Text to show: plain, never markup, without control characters except the line end. */
const shown = text;
/** Bytes in UTF-8. */
const answerLength = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3 * maxTextLength));
const count = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

/** The current question to the user. */
const question = v.object({
  /** Each question has its own number. A view with the same number keeps the typed text. */
  id: v.number(),
  /** Label and accessible name of the entry: `Username`, or the text of the prompt. */
  label: shown,
  /** Dots instead of letters. */
  hidden: v.boolean(),
  /** The initial text of the entry, selected. */
  initial: text,
});
export type Question = v.InferOutput<typeof question>;

const line = v.object({ kind: v.picklist(['info', 'error']), text: shown });
export type StatusLine = v.InferOutput<typeof line>;

/** The login window. */
const view = v.object({
  question: v.nullable(question),
  /** Offers to try another server, with a button; never together with a question. */
  failover: v.nullable(v.object({ id: v.number() })),
  /** The user who logs in, as text; null while the user name is asked. */
  user: v.nullable(shown),
  /** What the login waits for, shown with a spinner and a Cancel button; null while it waits for nothing. */
  waiting: v.nullable(shown),
  /** A desktop is starting. Its window manager must not find our windows. */
  isDesktopStarting: v.boolean(),
  /** Cancel is offered, also while the server asks a question. */
  cancellable: v.boolean(),
  /** The button for guests is offered. */
  guestButton: v.boolean(),
  /** Seconds until the automatic login, if nobody uses the screen; null without automatic login. */
  countdown: count,
  /** All messages since the login attempt began, oldest first. */
  status: v.array(line),
  /** This client, for the corner: host name and address. */
  client: v.object({ name: shown, address: v.nullable(shown) }),
  /** The server chosen by hand, or null in automatic mode. */
  chosenServer: v.nullable(shown),
  /** The session and the language chosen by hand, as text, or null for the default. */
  chosenSession: v.nullable(shown),
  chosenLanguage: v.nullable(shown),
  /** The choices that the menu offers; the administrator may have fixed some. */
  permitted: v.object({ session: v.boolean(), language: v.boolean(), power: v.boolean() }),
  /** The administrator's menu entries, each with _ before its mnemonic; identified by their position. */
  menuEntries: v.array(shown),
  /** A strftime format for the corner, or null for the form of the language. */
  clock: v.nullable(shown),
});
export type View = v.InferOutput<typeof view>;

const row = v.object({
  /** The server's name in the list; identifies the row. */
  name: shown,
  /** Can be chosen; otherwise the row is insensitive. */
  usable: v.boolean(),
  /** 0-100. */
  rating: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  sessions: count,
  /** The state as text, with the reason: `up`, `checking`, `down: no answer within 2 s`. */
  state: shown,
});
export type ServerRow = v.InferOutput<typeof row>;

const choice = v.variant('mode', [
  v.object({ mode: v.literal('automatic') }),
  v.object({ mode: v.literal('server'), name: text }),
]);
/** Automatic, or one server. */
export type ServerChoice = v.InferOutput<typeof choice>;

const option = v.object({
  /** Identifies the row; never shown. */
  key: text,
  label: shown,
  /** A short explanation, or empty. */
  note: shown,
});
/** One row of the session or language dialog. */
export type Option = Readonly<v.InferOutput<typeof option>>;

const optionKind = v.picklist(['session', 'language']);
/** The kind of options that a dialog shows. */
export type OptionKind = v.InferOutput<typeof optionKind>;

const powerAction = v.picklist(['restart', 'shut-down']);
export type PowerAction = v.InferOutput<typeof powerAction>;

const looks = v.object({
  /** A name under data/themes, or an absolute path. */
  theme: text,
  contrast: v.picklist(['normal', 'high']),
  textSize: v.picklist(['normal', 'larger']),
});
/** The initial look of the windows: the greeter's only argument, because a message would come too late. */
export type Looks = v.InferOutput<typeof looks>;
export const defaultLooks: Looks = { theme: 'today', contrast: 'normal', textSize: 'normal' };

/** A keyboard layout: `de` or `fr(bepo)`, with its display name. */
const layout = v.object({ id: text, name: shown });
export type KeyboardLayout = v.InferOutput<typeof layout>;

const aid = v.picklist(['screen-reader', 'on-screen-keyboard']);
/** An assistive tool. */
export type Aid = v.InferOutput<typeof aid>;

/** An assistive tool that this client has. */
const aidState = v.object({ aid, running: v.boolean() });
export type AidState = v.InferOutput<typeof aidState>;

const toGreeter = v.variant('type', [
  v.object({ type: v.literal('view'), view }),
  /** All rows of the server dialog, in list order; sent whenever one changes. */
  v.object({ type: v.literal('servers'), choice, asking: v.boolean(), rows: v.array(row) }),
  /** The keyboard layouts to choose from, and the active one (null: none of them). */
  v.object({ type: v.literal('keyboard'), layouts: v.array(layout), current: v.nullable(text) }),
  /** The assistive tools of this client, and which of them run. */
  v.object({ type: v.literal('aids'), aids: v.array(aidState) }),
  /** All rows of the session or language dialog; sent on request, and then at each change. */
  v.object({ type: v.literal('options'), kind: optionKind, chosen: text, rows: v.array(option) }),
  /** The session has its first window: end without a message. */
  v.object({ type: v.literal('quit') }),
]);
export type ToGreeter = v.InferOutput<typeof toGreeter>;

const fromGreeter = v.variant('type', [
  /** The window is on the screen; `ldm` answers with the current view and servers. */
  v.object({ type: v.literal('ready') }),
  /** The answer itself came before, through a pipe (answer-pipe.ts). */
  v.object({ type: v.literal('answer'), question: v.number(), bytes: answerLength }),
  v.object({ type: v.literal('cancel') }),
  /** Try another server; `question` is the number of the offer. */
  v.object({ type: v.literal('confirm-failover'), question: v.number() }),
  /** The button for guests. */
  v.object({ type: v.literal('guest-login') }),
  /** The user pressed a key or a button during the countdown. */
  v.object({ type: v.literal('user-active') }),
  /** The server dialog was opened, or its Refresh was pressed: query every server now. */
  v.object({ type: v.literal('refresh') }),
  /** OK in the server dialog. */
  v.object({ type: v.literal('choose-server'), choice }),
  /** The session or language dialog was opened: send its rows. */
  v.object({ type: v.literal('request-options'), kind: optionKind }),
  /** OK in that dialog. */
  v.object({ type: v.literal('choose-session'), key: text }),
  v.object({ type: v.literal('choose-language'), key: text }),
  /** The administrator's menu entry at this position. */
  v.object({ type: v.literal('menu'), entry: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  /** Confirmed by the user. */
  v.object({ type: v.literal('power'), action: powerAction }),
  /** Activate this keyboard layout. */
  v.object({ type: v.literal('choose-keyboard'), layout: text }),
  /** The user turned an assistive tool on or off. */
  v.object({ type: v.literal('aid'), aid, wanted: v.picklist(['running', 'stopped']) }),
  /** Something is invalid and was left out; for the log. */
  v.object({ type: v.literal('warning'), text }),
  /** A callback of the windows threw; the greeter ends right after this message. */
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

/** @param argument JSON; the default looks replace a missing or invalid argument */
export function parseLooks(argument: string | undefined): Looks {
  try {
    const result = v.safeParse(looks, JSON.parse(argument ?? ''));
    return result.success ? result.output : defaultLooks;
  } catch {
    return defaultLooks;
  }
}
