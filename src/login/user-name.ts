/** Longer than any system's login names (useradd takes 32, directories up to 256 with their domain). */
export const maxUserNameLength = 256;

/** Why no account can have a name. */
export type UserNameProblem = 'empty' | 'too-long' | 'control-characters' | 'leading-dash';

/**
 * A user name goes to the server as an ssh string of its own and to no shell, so nearly everything may pass exactly
 * as it is. A name that no account has is refused here, with a sentence, and is not sent.
 * @returns what is wrong with it, or undefined
 */
export function userNameProblem(name: string): UserNameProblem | undefined {
  if (name === '') return 'empty';
  if (name.length > maxUserNameLength) return 'too-long';
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)) return 'control-characters';
  if (name.startsWith('-')) return 'leading-dash';
  return undefined;
}
