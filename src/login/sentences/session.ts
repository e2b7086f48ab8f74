import type { Loss } from '../../session/ssh/connection.js';
import { t, tn } from '../../shared/i18n.js';
import { cleanLine, cleanText } from '../../shared/plain-text.js';
import { saidText } from './failure.js';

/** A session that ended before its desktop was on the screen. */
export function sessionEndText(server: string, detail: string): string {
  return t('The session on {server} ended at once. {detail}', {
    server: cleanLine(server),
    detail: cleanText(detail),
  }).trim();
}

/** A session that ended soon after its desktop was on the screen. */
export function earlyEndText(server: string, seconds: number, detail: string): string {
  const values = { server: cleanLine(server), count: seconds };
  const text = tn(
    'The session on {server} ended after {count} second.',
    'The session on {server} ended after {count} seconds.',
    seconds,
    values,
  );
  return `${text}\n${cleanText(detail)}`.trim();
}

/** A session whose connection was lost. */
export function lostText(server: string, { cause, serverMessage }: Pick<Loss, 'cause' | 'serverMessage'>): string {
  const values = { server: cleanLine(server) };
  if (cause !== 'cut') return t('The session on {server} was lost: the server stopped responding.', values);
  const text = t('The session on {server} was lost: the connection was cut.', values);
  const said = cleanText(serverMessage ?? '').trim();
  return said === '' ? text : `${text} ${saidText(said)}`;
}

/** A session that was lost with the X server of its screen. */
export function displayGoneText(): string {
  return `${t("The screen's X server stopped unexpectedly.")} ${t('Please log in again.')}`;
}

/** A server that has stopped answering, while the session goes on. */
export function silentText(server: string): string {
  return t('{server} is not answering. Waiting...', { server: cleanLine(server) });
}

export function answersAgainText(server: string): string {
  return t('{server} answers again.', { server: cleanLine(server) });
}
