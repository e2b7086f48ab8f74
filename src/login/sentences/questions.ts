import { t } from '../../shared/i18n.js';
import { cleanLine } from '../../shared/plain-text.js';

/** Asks whether another server gets the credentials after this one has failed with them. */
export function goOnText(server: string): string {
  return t('{server} has your user name and password already. Send them to another server as well?', {
    server: cleanLine(server),
  });
}

/** Asks whether the user's other sessions on this server end; the last line is the question. */
export function otherSessionsPrompt(server: string): string {
  return `${loggedInText(server)}\n${t('End the other session and log in here? (yes or no)')}`;
}

/** Asks what to do about the user's session on another server. */
export function sessionElsewherePrompt(server: string): string {
  const question = t('Type 1 to log in there, 2 to end that session and log in here, 3 to cancel.');
  return `${loggedInText(server)}\n${question}`;
}

function loggedInText(server: string): string {
  return t('You are logged in on {server} already.', { server: cleanLine(server) });
}

/**
 * The answers are numbers, because the first letters of three words may be the same in some language. A keyboard may have
 * the digits of Arabic, Persian, Hindi or Bengali.
 */
export function wishElsewhere(answer: string): 'go' | 'end' | 'cancel' {
  if (/^[1\u0661\u06f1\u0967\u09e7]$/.test(answer.trim())) return 'go';
  return /^[2\u0662\u06f2\u0968\u09e8]$/.test(answer.trim()) ? 'end' : 'cancel';
}

/**
 * Whether an answer is a yes: the word or its first letter, in the user's language or in English. The letter n alone is
 * never one: in Swahili it begins the word for yes, and elsewhere the word for no.
 */
export function meansYes(answer: string): boolean {
  const text = withoutAccents(answer.trim());
  if (text === '' || text === 'n') return false;
  return [t('yes'), 'yes'].map(withoutAccents).some((yes) => yes === text || yes.slice(0, 1) === text);
}

/** Not every keyboard has them, and not everybody types them. */
function withoutAccents(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}
