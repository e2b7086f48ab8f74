import { t, tn } from '../../shared/i18n.js';
import { maxUserNameLength, type UserNameProblem } from '../user-name.js';

/** What is wrong with a user name, for the user. */
export function userNameProblemText(problem: UserNameProblem): string {
  switch (problem) {
    case 'empty':
      return t('Please type your user name.');
    case 'too-long':
      return tn(
        'A user name has at most {count} character.',
        'A user name has at most {count} characters.',
        maxUserNameLength,
      );
    case 'control-characters':
      return t('A user name cannot hold control characters or line breaks.');
    case 'leading-dash':
      return t('A user name cannot begin with a dash.');
  }
}
