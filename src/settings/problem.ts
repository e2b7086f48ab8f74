/** What is wrong with the settings. A problem never keeps the login screen away: the setting takes a safe value. */

/** Where something was said: a line of a file, or the environment of this process. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** The section that it belongs to; undefined for a problem of a line that belongs to none. */
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
  /** `info`: nothing needs to be repaired, so the login screen says nothing about it. */
  readonly severity: 'warning' | 'info';
  readonly variable?: string | undefined;
  /** What was said, without secrets. */
  readonly value?: string | undefined;
  /** What is accepted instead. */
  readonly accepted?: string | undefined;
  /** Undefined where nobody said it: a default does not work here. */
  readonly origin: Origin | undefined;
  /** The whole of it in words, without the place. */
  readonly text: string;
}

/** The problem in one line, with its place in front, as compilers write it. */
export function problemLine({ origin, text }: SettingsProblem): string {
  return origin === undefined ? text : `${placeText(origin)}: ${text}`;
}

/** `FILE:LINE`, or `environment`. */
export function placeText(origin: Origin): string {
  if (origin === 'environment') return origin;
  return origin.line > 0 ? `${origin.file}:${origin.line}` : origin.file;
}

/** A value that cannot be used, in words. */
export function invalidValue(variable: string, value: string, accepted: string, then: string): string {
  return `${variable}: invalid value ${quoted(value)} (expected ${accepted}); ${then}`;
}

/** As JSON writes it, cut to a length that a line can take, without what looks like a password. */
export function quoted(text: string): string {
  return JSON.stringify(shown(text));
}

const longestShown = 200;

/** The text without what looks like a password, cut to a length that a line can take. */
export function shown(text: string): string {
  const clean = withoutPasswords(text.length > 2 * longestShown ? text.slice(0, 2 * longestShown) : text);
  return clean.length > longestShown ? `${clean.slice(0, longestShown)}...` : clean;
}

/**
 * Takes the user and password out of URLs, and what follows a word such as `password`, to the end of the text: a value
 * with blanks would otherwise be shown in part.
 */
function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/)[^/@\s]{1,400}@/g, '$1[secret]@')
    .replace(
      /((?:pass(?:word|wd|phrase)?|secret|token)\w{0,20}["']?(?:\s{0,9}[=:]\s{0,9}|\s{1,9}))\S.*$/is,
      '$1[secret]',
    );
}
