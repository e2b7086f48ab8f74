import { setting } from '../setting.js';
import { absolutePath, acceptedYesOrNo, wholeNumber, words, yesOrNo } from '../values.js';

/** Settings of this client: screen, log, power. */
export const clientSettings = {
  greeting: setting<string | undefined>({
    variable: 'LDM_GREETING',
    meaning: 'text below the entry until somebody logs in',
    accepted: 'text; \\n is a line break',
    defaultValue: undefined,
    parse: (text) => text.replaceAll('\\n', '\n'),
  }),
  keyboardLayouts: setting<readonly string[] | undefined>({
    variable: 'LDM_KEYBOARD_LAYOUTS',
    meaning: 'keyboard layouts that the login screen offers; the first one is active',
    accepted: 'layouts separated by white space or commas, each with its variant in parentheses: us, de(nodeadkeys)',
    defaultValue: undefined,
    defaultText: 'XKBLAYOUT, else the layouts of the X server',
    parse: layouts,
  }),
  xkbLayout: setting<readonly string[] | undefined>({
    variable: 'XKBLAYOUT',
    meaning: "LTSP's name for the same setting; LTSP's scripts configure the X server with it",
    accepted: 'layouts separated by commas',
    defaultValue: undefined,
    defaultText: 'the layouts of the X server',
    parse: layouts,
  }),
  xkbVariant: setting<readonly string[] | undefined>({
    variable: 'XKBVARIANT',
    meaning: 'variants of the layouts in XKBLAYOUT, in the same order',
    accepted: 'variants separated by commas; an empty one is the plain layout',
    defaultValue: undefined,
    defaultText: 'as the X server is configured',
    parse: (text) => commaList(text, /^[\w-]{0,60}$/),
  }),
  xkbModel: setting<string | undefined>({
    variable: 'XKBMODEL',
    meaning: 'model of the keyboard',
    accepted: 'a model that XKB knows, such as pc105',
    defaultValue: undefined,
    defaultText: 'as the X server is configured',
    parse: (text) => (/^\w[\w-]{0,59}$/.test(text) ? text : undefined),
  }),
  xkbOptions: setting<readonly string[] | undefined>({
    variable: 'XKBOPTIONS',
    meaning: 'keyboard options, added to those of the X server',
    accepted: 'options that XKB knows, separated by commas, such as grp:alt_shift_toggle,compose:ralt',
    defaultValue: undefined,
    defaultText: 'as the X server is configured',
    parse: (text) => commaList(text, /^\w[\w:+-]{0,99}$/),
  }),
  theme: setting({
    variable: 'LDM_THEME',
    meaning: 'theme of the login screen: one that comes with ldm (today, classic), or a directory',
    accepted: 'the name of a theme, or the absolute path of a directory',
    defaultValue: 'today',
    parse: (text) => (/^[\w-]{1,60}$/.test(text) ? text : absolutePath(text)),
  }),
  highContrast: setting({
    variable: 'LDM_HIGH_CONTRAST',
    meaning: 'the login screen starts in high contrast',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  largerText: setting({
    variable: 'LDM_LARGER_TEXT',
    meaning: 'the login screen starts with larger text',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  screenOff: setting({
    variable: 'LDM_SCREEN_OFF',
    meaning: 'minutes without input until the screen of the login screen goes dark; 0: never',
    accepted: 'a whole number from 0 to 540',
    defaultValue: 10,
    parse: wholeNumber(0, 540),
  }),
  onScreenKeyboard: setting<readonly string[] | undefined>({
    variable: 'LDM_ONSCREEN_KEYBOARD',
    meaning: 'program that On-Screen Keyboard in the Accessibility menu starts; without it the menu has no such entry',
    accepted: 'a program and its arguments, separated by white space; no shell is involved',
    defaultValue: undefined,
    parse: words,
  }),
  screenReader: setting<readonly string[] | undefined>({
    variable: 'LDM_SCREEN_READER',
    meaning: 'program that Screen Reader in the Accessibility menu starts; without it the menu has no such entry',
    accepted: 'a program and its arguments, separated by white space; no shell is involved',
    defaultValue: undefined,
    parse: words,
  }),
  clockFormat: setting<string | undefined>({
    variable: 'LDM_CLOCK_FORMAT',
    meaning: 'date and time in the corner; markup in it (<b>) is removed',
    accepted: 'a strftime format of at most 200 characters, such as %x, %H:%M',
    defaultValue: undefined,
    defaultText: 'date and time in the form of the language',
    parse: clockFormat,
  }),
  stateDir: setting<string | undefined>({
    variable: 'LDM_STATE_DIR',
    meaning: 'directory where this client remembers failed servers; /var/lib/ldm for root, else below $XDG_STATE_HOME',
    accepted: 'the absolute path of a directory',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  allowPower: setting({
    variable: 'LDM_ALLOW_POWER',
    meaning: 'offers Restart and Shut Down to everybody in front of the screen',
    accepted: acceptedYesOrNo,
    defaultValue: true,
    safe: { value: false, effect: 'Restart and Shut Down are not offered' },
    parse: yesOrNo,
  }),
  restartCommand: setting<readonly string[]>({
    variable: 'LDM_RESTART_COMMAND',
    meaning: 'program that Restart... runs after a confirmation',
    accepted: 'a program and its arguments, separated by white space; no shell is involved',
    defaultValue: ['systemctl', 'reboot'],
    parse: words,
  }),
  shutDownCommand: setting<readonly string[]>({
    variable: 'LDM_SHUTDOWN_COMMAND',
    meaning: 'program that Shut Down... runs after a confirmation',
    accepted: 'a program and its arguments, separated by white space; no shell is involved',
    defaultValue: ['systemctl', 'poweroff'],
    parse: words,
  }),
  syslog: setting<boolean | undefined>({
    variable: 'LDM_SYSLOG',
    meaning: 'starts each log line with its severity as <N>, which the systemd journal evaluates',
    accepted: acceptedYesOrNo,
    defaultValue: undefined,
    defaultText: 'yes where the log goes to the journal',
    parse: yesOrNo,
  }),
  logLevel: setting({
    variable: 'LDM_LOGLEVEL',
    meaning: 'log level: 3 errors, 4 warnings, 6 information, 7 everything (never a password)',
    accepted: 'a number from 0 to 7',
    defaultValue: 6,
    parse: (text) => (/^[0-7]$/.test(text) ? Number(text) : undefined),
  }),
};

/** The classic accepted Pango markup; only its text is used. */
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
