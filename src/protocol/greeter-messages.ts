/**
 * What `ldm` and the greeter's process say to each other, as JSON over the channel of child_process.fork.
 * `ldm` tells what to show, whole each time, so that a greeter that was started again shows the same; the greeter
 * tells what the user did. Both sides take well-formed messages only.
 */
import * as v from 'valibot';

/** Longest text in either direction, in characters. A user name or password beyond it is refused by the entry. */
export const maxTextLength = 16_384;
const text = v.pipe(v.string(), v.maxLength(maxTextLength));
/** Text to be shown: plain, never markup, without control characters but the line end. */
const shown = text;
/** Bytes in UTF-8. */
const answerLength = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3 * maxTextLength));
const count = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

/** What the user is asked at this moment. */
const question = v.object({
  /** A new question has a new number; the same number shown again leaves what was typed alone. */
  id: v.number(),
  /** Label and accessible name of the entry: `Username`, or the prompt's own text. */
  label: shown,
  /** Dots instead of letters. */
  hidden: v.boolean(),
  /** What stands in the entry at first, selected. */
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
  /** Who is logging in, in words; null while that is what is asked. */
  user: v.nullable(shown),
  /** What is being waited for, with a moving sign and a Cancel button; null while nothing is. */
  waiting: v.nullable(shown),
  /** A desktop is starting: its window manager must find no windows of ours to manage. */
  isDesktopStarting: v.boolean(),
  /** Cancel is offered (also while a question of the server's is open). */
  cancellable: v.boolean(),
  /** The button for guests is offered. */
  guestButton: v.boolean(),
  /** Seconds until the guest account logs in by itself, if nobody stirs; null where it does not. */
  countdown: count,
  /** Everything said since the attempt began, oldest first. */
  status: v.array(line),
  /** This client, for the corner: host name and address. */
  client: v.object({ name: shown, address: v.nullable(shown) }),
  /** The server chosen by hand, or null in automatic mode. */
  chosenServer: v.nullable(shown),
  /** The session and the language chosen by hand, in words, or null for the default. */
  chosenSession: v.nullable(shown),
  chosenLanguage: v.nullable(shown),
  /** Which choices the menu offers; the administrator may have made them. */
  permitted: v.object({ session: v.boolean(), language: v.boolean(), power: v.boolean() }),
  /** Entries of the administrator's in the menu, each with _ before its letter; told of by their place. */
  menuEntries: v.array(shown),
  /** A strftime format for the corner, or null for date and time as the language writes them. */
  clock: v.nullable(shown),
});
export type View = v.InferOutput<typeof view>;

const row = v.object({
  /** The server's name as listed; says which row it is. */
  name: shown,
  /** Can be chosen; otherwise greyed. */
  usable: v.boolean(),
  /** 0-100. */
  rating: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  sessions: count,
  /** The state in words, with the reason: `up`, `checking`, `down: no answer within 2 s`. */
  state: shown,
});
export type ServerRow = v.InferOutput<typeof row>;

const choice = v.variant('mode', [
  v.object({ mode: v.literal('automatic') }),
  v.object({ mode: v.literal('server'), name: text }),
]);
/** Automatic, or the one server that the user wants. */
export type ServerChoice = v.InferOutput<typeof choice>;

const option = v.object({
  /** Says which row it is; for nobody to read. */
  key: text,
  label: shown,
  /** A word of explanation beside it, or empty. */
  note: shown,
});
/** One row of the session or language dialog. */
export type Option = Readonly<v.InferOutput<typeof option>>;

const optionKind = v.picklist(['session', 'language']);
/** What the dialog of options is about. */
export type OptionKind = v.InferOutput<typeof optionKind>;

const powerAction = v.picklist(['restart', 'shut-down']);
export type PowerAction = v.InferOutput<typeof powerAction>;

const looks = v.object({
  /** A name under data/themes, or an absolute path. */
  theme: text,
  contrast: v.picklist(['normal', 'high']),
  textSize: v.picklist(['normal', 'larger']),
});
/** How the windows look from the start: the greeter's only argument, for no message could come early enough. */
export type Looks = v.InferOutput<typeof looks>;
export const defaultLooks: Looks = { theme: 'today', contrast: 'normal', textSize: 'normal' };

/** A keyboard layout: `de`, or `fr(bepo)`, with its name for people. */
const layout = v.object({ id: text, name: shown });
export type KeyboardLayout = v.InferOutput<typeof layout>;

const aid = v.picklist(['screen-reader', 'on-screen-keyboard']);
/** A program that helps with seeing or typing. */
export type Aid = v.InferOutput<typeof aid>;

/** An aid that there is on this client. */
const aidState = v.object({ aid, running: v.boolean() });
export type AidState = v.InferOutput<typeof aidState>;

const toGreeter = v.variant('type', [
  v.object({ type: v.literal('view'), view }),
  /** The rows of the server dialog, in list order, whole each time; sent whenever one changes. */
  v.object({ type: v.literal('servers'), choice, asking: v.boolean(), rows: v.array(row) }),
  /** The keyboard layouts to choose from, and the one in force (null: none of them). */
  v.object({ type: v.literal('keyboard'), layouts: v.array(layout), current: v.nullable(text) }),
  /** The aids that there are on this client, and which of them run. */
  v.object({ type: v.literal('aids'), aids: v.array(aidState) }),
  /** The rows of the session or language dialog, whole each time; sent when it was asked for, and then at each change. */
  v.object({ type: v.literal('options'), kind: optionKind, chosen: text, rows: v.array(option) }),
  /** The session has its first window: end, without a word. */
  v.object({ type: v.literal('quit') }),
]);
export type ToGreeter = v.InferOutput<typeof toGreeter>;

const fromGreeter = v.variant('type', [
  /** The window is on the screen; `ldm` answers with the current view and servers. */
  v.object({ type: v.literal('ready') }),
  /** The answer itself came before, through a pipe (answer-pipe.ts). */
  v.object({ type: v.literal('answer'), question: v.number(), bytes: answerLength }),
  v.object({ type: v.literal('cancel') }),
  /** Another server shall be tried, by the number of the offer. */
  v.object({ type: v.literal('confirm-failover'), question: v.number() }),
  /** The button for guests. */
  v.object({ type: v.literal('guest-login') }),
  /** A key or a button was pressed while a countdown was shown. */
  v.object({ type: v.literal('user-active') }),
  /** The server dialog opened, or its Refresh was pressed: ask every server now. */
  v.object({ type: v.literal('refresh') }),
  /** OK in the server dialog. */
  v.object({ type: v.literal('choose-server'), choice }),
  /** The session or language dialog opened: tell its rows. */
  v.object({ type: v.literal('request-options'), kind: optionKind }),
  /** OK in that dialog. */
  v.object({ type: v.literal('choose-session'), key: text }),
  v.object({ type: v.literal('choose-language'), key: text }),
  /** An entry of the administrator's, by its place. */
  v.object({ type: v.literal('menu'), entry: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  /** Confirmed by the user. */
  v.object({ type: v.literal('power'), action: powerAction }),
  /** The keyboard shall have this layout. */
  v.object({ type: v.literal('choose-keyboard'), layout: text }),
  /** The aid was turned on or off. */
  v.object({ type: v.literal('aid'), aid, wanted: v.picklist(['running', 'stopped']) }),
  /** Something is not as it should be, and was left out: for the log. */
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

/** @param argument as JSON; without it, or where it is none, the default looks */
export function parseLooks(argument: string | undefined): Looks {
  try {
    const result = v.safeParse(looks, JSON.parse(argument ?? ''));
    return result.success ? result.output : defaultLooks;
  } catch {
    return defaultLooks;
  }
}
