import { setting } from '../setting.js';
import { absolutePath, acceptedYesOrNo, words, yesOrNo } from '../values.js';

/** This client: its screen, its log, its power. */
export const clientSettings = {
  greeting: setting<string | undefined>({
    variable: 'LDM_GREETING',
    meaning: 'text under the entry until somebody logs in',
    accepted: 'text, of which \\n is a line break',
    defaultValue: undefined,
    parse: (text) => text.replaceAll('\\n', '\n'),
  }),
  keyboardLayouts: setting<readonly string[] | undefined>({
    variable: 'LDM_KEYBOARD_LAYOUTS',
    meaning: 'keyboard layouts that the greeter offers, the first in force',
    accepted: 'layouts separated by white space or commas, each with its variant in parentheses: us, de(nodeadkeys)',
    defaultValue: undefined,
    defaultText: 'XKBLAYOUT, else what the X server was set up with',
    parse: layouts,
  }),
  xkbLayout: setting<readonly string[] | undefined>({
    variable: 'XKBLAYOUT',
    meaning: "LTSP's name for the same; LTSP's own scripts set the X server up by it",
    accepted: 'layouts separated by commas',
    defaultValue: undefined,
    defaultText: 'what the X server was set up with',
    parse: layouts,
  }),
  xkbVariant: setting<readonly string[] | undefined>({
    variable: 'XKBVARIANT',
    meaning: 'variants of the layouts in XKBLAYOUT, in the same order',
    accepted: 'variants separated by commas; nothing between two commas is the plain layout',
    defaultValue: undefined,
    defaultText: 'those of the X server',
    parse: (text) => commaList(text, /^[\w-]{0,60}$/),
  }),
  xkbModel: setting<string | undefined>({
    variable: 'XKBMODEL',
    meaning: 'model of the keyboard',
    accepted: 'a model that XKB knows, such as pc105',
    defaultValue: undefined,
    defaultText: 'that of the X server',
    parse: (text) => (/^\w[\w-]{0,59}$/.test(text) ? text : undefined),
  }),
  xkbOptions: setting<readonly string[] | undefined>({
    variable: 'XKBOPTIONS',
    meaning: 'options of the keyboard, added to those that the X server has',
    accepted: 'options that XKB knows, separated by commas, such as grp:alt_shift_toggle,compose:ralt',
    defaultValue: undefined,
    defaultText: 'those of the X server',
    parse: (text) => commaList(text, /^\w[\w:+-]{0,99}$/),
  }),
  theme: setting({
    variable: 'LDM_THEME',
    meaning: 'looks of the greeter: a theme that comes with it (today, classic), or a folder with one',
    accepted: 'the name of a theme, or the absolute path of a folder',
    defaultValue: 'today',
    parse: (text) => (/^[\w-]{1,60}$/.test(text) ? text : absolutePath(text)),
  }),
  highContrast: setting({
    variable: 'LDM_HIGH_CONTRAST',
    meaning: 'the greeter starts in high contrast',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  largerText: setting({
    variable: 'LDM_LARGER_TEXT',
    meaning: 'the greeter starts with larger letters',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  onScreenKeyboard: setting<readonly string[] | undefined>({
    variable: 'LDM_ONSCREEN_KEYBOARD',
    meaning: 'program that the Accessibility menu starts as On-Screen Keyboard; without it the menu has none',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    defaultValue: undefined,
    parse: words,
  }),
  screenReader: setting<readonly string[] | undefined>({
    variable: 'LDM_SCREEN_READER',
    meaning: 'program that the Accessibility menu starts as Screen Reader; without it the menu has none',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    defaultValue: undefined,
    parse: words,
  }),
  clockFormat: setting<string | undefined>({
    variable: 'LDM_CLOCK_FORMAT',
    meaning: 'date and time in the corner; markup in it (<b>) is left out',
    accepted: 'a strftime format of at most 200 characters, such as %x, %H:%M',
    defaultValue: undefined,
    defaultText: 'date and time as the language writes them',
    parse: clockFormat,
  }),
  stateDir: setting<string | undefined>({
    variable: 'LDM_STATE_DIR',
    meaning: 'where this client remembers servers that failed; /var/lib/ldm for root, else under $XDG_STATE_HOME',
    accepted: 'the absolute path of a directory',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  allowPower: setting({
    variable: 'LDM_ALLOW_POWER',
    meaning: 'offers Restart and Shut Down to whoever is in front of the screen',
    accepted: acceptedYesOrNo,
    defaultValue: true,
    safe: { value: false, effect: 'they are not offered' },
    parse: yesOrNo,
  }),
  restartCommand: setting<readonly string[]>({
    variable: 'LDM_RESTART_COMMAND',
    meaning: 'program that Restart... runs after its question',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    defaultValue: ['systemctl', 'reboot'],
    parse: words,
  }),
  shutDownCommand: setting<readonly string[]>({
    variable: 'LDM_SHUTDOWN_COMMAND',
    meaning: 'program that Shut Down... runs after its question',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    defaultValue: ['systemctl', 'poweroff'],
    parse: words,
  }),
  syslog: setting<boolean | undefined>({
    variable: 'LDM_SYSLOG',
    meaning: 'begins each line of the log with its severity as <N>, by which the journal files what services write',
    accepted: acceptedYesOrNo,
    defaultValue: undefined,
    defaultText: 'yes where the log goes to the journal',
    parse: yesOrNo,
  }),
  logLevel: setting({
    variable: 'LDM_LOGLEVEL',
    meaning: 'what is logged: 3 errors, 4 warnings, 6 what happens, 7 everything (never a password)',
    accepted: 'a number from 0 to 7',
    defaultValue: 6,
    parse: (text) => (/^[0-7]$/.test(text) ? Number(text) : undefined),
  }),
};

/** Markup of the classic's is taken off: what is left is text. */
function clockFormat(text: string): string | undefined {
  const plain = text.replace(/<\/?[a-z][^>]*>/gi, '').trim();
  return plain !== '' && plain.length <= 200 && !/\p{Cc}/u.test(plain) ? plain : undefined;
}

function commaList(text: string, one: RegExp): readonly string[] | undefined {
  const list = text.split(',').map((part) => part.trim());
  return list.every((part) => one.test(part)) ? list : undefined;
}

function layouts(text: string): readonly string[] | undefined {
  const list = words(text.replaceAll(',', ' '));
  return list?.every((one) => /^[A-Za-z][\w-]{0,40}(\([\w-]{1,60}\))?$/.test(one)) ? list : undefined;
}
