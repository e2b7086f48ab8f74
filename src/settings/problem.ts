/** Problems in the settings. A problem never prevents the login screen: the setting takes a safe value. */

/** The place of an assignment: a line of a file, or the environment of this process. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** The section of the line; undefined for a problem that belongs to no section. */
  readonly section?: string | undefined;
}
export type Origin = Place | 'environment';

export type ProblemCode =
  | 'invalid-value'
  | 'invalid-line'
  | 'unusable-file'
  | 'unknown-variable'
  | 'unusable-account'
  | 'ssh-option';

export interface SettingsProblem {
  readonly code: ProblemCode;
  /** `info`: nothing needs to be fixed, so the login screen does not mention it. */
  readonly severity: 'warning' | 'info';
  readonly variable?: string | undefined;
  /** The text of the value, without secrets. */
  readonly value?: string | undefined;
  /** The accepted values. */
  readonly accepted?: string | undefined;
  /** Undefined where nothing is set, and the default does not work. */
  readonly origin: Origin | undefined;
  /** The whole problem as a sentence, without the place. */
  readonly text: string;
}

/** The problem on one line, after its place, in the form of compiler messages. */
export function problemLine({ origin, text }: SettingsProblem): string {
  return origin === undefined ? text : `${placeText(origin)}: ${text}`;
}

/** `FILE:LINE`, or `environment`. */
export function placeText(origin: Origin): string {
  if (origin === 'environment') return origin;
  return origin.line > 0 ? `${origin.file}:${origin.line}` : origin.file;
}

/** The sentence for an invalid value. @param effect what happens instead */
export function invalidValue(variable: string, value: string, accepted: string, effect: string): string {
  return `${variable}: invalid value ${quoted(value)} (expected ${accepted}); ${effect}`;
}

/** The text in quotes, shortened for a message, without anything that looks like a password. */
export function quoted(text: string): string {
  return JSON.stringify(shown(text));
}

const maxShownLength = 200;

/** The text shortened for a message, without anything that looks like a password. */
export function shown(text: string): string {
  const clean = withoutPasswords(text.slice(0, 2 * maxShownLength));
  return clean.length > maxShownLength ? `${clean.slice(0, maxShownLength)}...` : clean;
}

/**
 * Removes user and password from URLs, and everything after a word such as `password`: a value with spaces would
 * otherwise be shown in part.
 */
function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/)[^/@\s]{1,400}@/g, '$1[secret]@')
    .replace(
      /((?:pass(?:word|wd|phrase)?|secret|token)\w{0,20}["']?(?:\s{0,9}[=:]\s{0,9}|\s{1,9}))\S.*/is,
      '$1[secret]',
    );
}
