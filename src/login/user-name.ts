import { t, tn } from '../shared/i18n.js';

/** Longer than any system's login names (useradd takes 32, directories up to 256 with their domain). */
const maxLength = 256;

/**
 * A user name goes to the server as an ssh string of its own and to no shell, so nearly everything may pass exactly
 * as it is; what no account is called is refused with a sentence rather than sent.
 * @returns what is wrong with it, or undefined
 */
export function userNameProblem(name: string): string | undefined {
  if (name === '') return t('Please type your user name.');
  if (name.length > maxLength)
    return tn('A user name has at most {count} character.', 'A user name has at most {count} characters.', maxLength);
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)) return t('A user name cannot hold control characters or line breaks.');
  if (name.startsWith('-')) return t('A user name cannot begin with a dash.');
  return undefined;
}
