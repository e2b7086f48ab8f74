/**
 * The one place where a state, a failure or an outcome becomes a sentence. Each says what is so and, where somebody
 * can do something, what to do next.
 */

import type { ServerChoice } from '../protocol/greeter-messages.js';
import type { DownReason, ServerStatus } from '../servers/server-status.js';
import type { SessionErrorCode } from '../session/failures.js';
import type { Loss } from '../session/ssh/connection.js';
import { t, tn } from '../shared/i18n.js';
import { cleanLine, cleanText } from '../shared/plain-text.js';
import type { Failure, LoginOutcome, LoginProgress } from './outcome.js';

/** As many names as fit into the two lines that say what is waited for. */
const maxNames = 3;

/** Why a server counts as down, for the State column. */
export function downReasonText(reason: DownReason): string {
  switch (reason) {
    case 'timeout':
      return t('no answer in time');
    case 'refused':
      return t('refuses connections');
    case 'unreachable':
      return t('cannot be reached');
    case 'unresolvable':
      return t('its name has no address');
    case 'ssh-down':
      return t('its login service is not running');
    case 'ssh-silent':
      return t('its login service does not answer');
    case 'dns-failed':
    case 'turned-away':
    case 'busy':
      return failureText(reason);
  }
}

/** Rating 0 without a drain is a server that has reached its capacity; `ldminfod status` uses the same word. */
function closedText(info: ServerStatus['info']): string {
  if (info?.draining === false) return t('full: takes no new logins');
  // In quotation marks: these are the administrator's words, and anybody can answer on the info port.
  const notice = cleanLine(info?.notice ?? '');
  return notice === '' ? t('draining: takes no new logins') : t('draining: "{notice}"', { notice });
}

/** A server's state in words: `up`, `down: no answer in time`. */
export function stateText(status: ServerStatus): string {
  switch (status.state) {
    case 'checking':
      return t('checking...');
    case 'up':
      return t('up');
    case 'unrated':
      return t('unrated: tells no rating');
    case 'draining':
      return closedText(status.info);
    case 'down':
      return status.reason === null ? t('down') : t('down: {reason}', { reason: downReasonText(status.reason) });
  }
}

/** Why a login on one server came to nothing, without the server's name. */
export function failureText(code: SessionErrorCode): string {
  switch (code) {
    case 'unresolvable':
      return t('its name has no address');
    case 'dns-failed':
      return t('its address cannot be looked up at the moment');
    case 'refused':
      return t('refuses connections');
    case 'unreachable':
      return t('cannot be reached');
    case 'timeout':
      return t('did not answer in time');
    case 'closed':
      return t('closed the connection');
    case 'busy':
      return t('takes no more logins at this moment, because too many are under way');
    case 'turned-away':
      return t(
        'takes no logins from this computer at the moment, because too many are under way or have failed; wait, then try again',
      );
    case 'protocol':
      return t('does not speak the login protocol as expected');
    case 'host-key-unknown':
      return t('its identity is not known here (host key unknown); nothing was sent to it');
    case 'host-certificate-refused':
      return t('its certificate does not prove its identity; nothing was sent to it');
    case 'host-certificate-time':
      return t("its certificate is not valid at this computer's time ({time}); nothing was sent to it", {
        time: new Date().toISOString().slice(0, 16).replace('T', ' '),
      });
    case 'host-key-changed':
      return t('its identity has changed (host key mismatch); nothing was sent to it');
    case 'host-key-revoked':
      return t('its identity was revoked (host key revoked); nothing was sent to it');
    case 'host-key-weak':
      return t('its key is too short to be safe (host key weak); nothing was sent to it');
    case 'no-common-algorithm':
      return t('has no safe encryption in common with this computer');
    case 'wrong-credentials':
      return t('refused the user name or password');
    case 'account-refused':
      return t('refused the login and said why');
    case 'sign-in-unfinished':
      return t('ended the connection before the sign-in was complete; perhaps it took too long');
    case 'no-method':
      return t('offers no sign-in with a password');
    case 'more-wanted':
      return t('accepted the password, and also wants something that cannot be typed here (such as a key)');
    case 'command-refused':
      return t('refused to start the session');
    case 'x11-refused':
      return t('refused to show windows here (X11 forwarding)');
    case 'not-allowed':
      return t('was not to be logged in to');
    case 'cancelled':
      return t('was given up');
  }
}

/** The server, what went wrong with it, and what it said of that. */
export function failureLine({ server, code, serverMessage }: Failure): string {
  const line = t('{server}: {failure}.', { server: cleanLine(server), failure: failureText(code) });
  const said = cleanText(serverMessage ?? '').trim();
  if (said === '') return line;
  return code === 'no-method' || code === 'more-wanted'
    ? `${line} ${t('It takes: {methods}.', { methods: cleanLine(said) })}`
    : `${line} ${saidText(said)}`;
}

/** A server's own words, behind a sentence of ours. */
function saidText(words: string): string {
  return t('It said: {words}', { words });
}

/** What the user decides once a server has failed with what they typed. */
export function goOnText(server: string): string {
  return t('{server} has your user name and password already. Send them to another server as well?', {
    server: cleanLine(server),
  });
}

/** What is waited for; undefined for news that change nothing about that. */
export function waitingText(news: LoginProgress): string | undefined {
  switch (news.kind) {
    case 'choosing':
      return t('Looking for a server...');
    case 'connecting':
      return connectingText(news.servers);
    case 'signing-in':
      return t('Signing in on {server}...', { server: cleanLine(news.server) });
    case 'starting':
      return t('Starting the session on {server}...', { server: cleanLine(news.server) });
    case 'failed':
    case 'server-message':
    case 'silent':
    case 'answers':
      return undefined;
  }
}

/** What is waited for once a server's question was answered. */
export function answeredText(server: string): string {
  return t('Waiting for {server}...', { server: cleanLine(server) });
}

/** Who is waited for: all by name while they are few. */
function connectingText(servers: readonly string[]): string {
  const names = servers.slice(0, maxNames).map(cleanLine).join(', ');
  return servers.length > maxNames
    ? t('Connecting to {servers} and others...', { servers: names })
    : t('Connecting to {server}...', { server: names });
}

/** What is worth keeping on the screen of the news. */
export function progressLine(news: LoginProgress): { kind: 'info' | 'error'; text: string } | undefined {
  if (news.kind === 'failed') return { kind: 'error', text: failureLine(news.failure) };
  if (news.kind === 'silent') return { kind: 'error', text: silentText(news.server) };
  if (news.kind === 'answers') return { kind: 'info', text: answersAgainText(news.server) };
  if (news.kind !== 'server-message') return undefined;
  const text = cleanText(news.text);
  return text === '' ? undefined : { kind: 'info', text };
}

/** What the user reads at the end of a login that started no session; undefined where nothing needs to be said. */
export function outcomeText(outcome: LoginOutcome): string | undefined {
  switch (outcome.kind) {
    case 'started':
    case 'cancelled':
      return undefined;
    case 'wrong-credentials':
      if (outcome.explained)
        return t('{server} did not let you in. What it said stands above.', { server: cleanLine(outcome.server) });
      return t('{server} did not accept this user name and password. Please try again.', {
        server: cleanLine(outcome.server),
      });
    case 'user-not-allowed':
      return t('{user} is not allowed to log in at this computer.', { user: cleanLine(outcome.user) });
    case 'not-allowed':
      return cleanText(outcome.detail) || t('You were not logged in. Your other session goes on.');
    case 'unknown-server':
      return t('There is no server {server} in the list. Please choose another one.', {
        server: cleanLine(outcome.server),
      });
    case 'not-continued':
      return t('You were not logged in. No other server was given your password.');
    case 'none-left': {
      if (outcome.isOffline) {
        return t('Nobody can log in without the network. Try again when this computer is connected.');
      }
      if (outcome.isLastResort) {
        return t(
          'The list of servers could not be had, and no server that is left is available. Please tell your administrator.',
        );
      }
      const [first] = outcome.failures;
      if (first === undefined) return t('There is no server to log in to. Please tell your administrator.');
      const codes = new Set(outcome.failures.map(({ code }) => code));
      if (codes.size === 1) {
        if (first.code === 'turned-away') return t('Wait a few minutes, then try again.');
        if (first.code === 'busy') return t('Too many people log in at this moment. Wait a little, then try again.');
        if (first.code === 'dns-failed') {
          return t('The network cannot look up the names of servers at the moment. Wait a little, then try again.');
        }
        if (first.code === 'sign-in-unfinished') return t('You were not logged in. Please try again.');
        if (first.code === 'more-wanted') return t('You were not logged in. Please tell your administrator.');
      }
      return outcome.failures.length === 1
        ? t('{server} is not available. Try again, or choose another server.', { server: cleanLine(first.server) })
        : t('No server is available. Try again in a moment, or tell your administrator.');
    }
  }
}

/** That it is this client that is cut off, not its servers. */
export function offlineText(): string {
  return t('This computer has no network connection. Check its cable, or wait a moment.');
}

/** What the administrator should know, for whoever tells them. */
export function settingsText(): string {
  return t('Some settings of this computer cannot be used; the command "ldm settings" shows which ones.');
}

/** How a session that began came to an early end. */
export function sessionEndText(server: string, detail: string): string {
  return t('The session on {server} ended at once. {detail}', {
    server: cleanLine(server),
    detail: cleanText(detail),
  }).trim();
}

/** The same of one whose desktop was on the screen. */
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

/** How a session was lost. */
export function lostText(server: string, { cause, serverMessage }: Pick<Loss, 'cause' | 'serverMessage'>): string {
  const values = { server: cleanLine(server) };
  if (cause !== 'cut') return t('The session on {server} was lost: it did not answer any more.', values);
  const text = t('The session on {server} was lost: the connection was cut.', values);
  const said = cleanText(serverMessage ?? '').trim();
  return said === '' ? text : `${text} ${saidText(said)}`;
}

/** That a session was lost with the X server of its screen. */
export function displayGoneText(): string {
  return `${t("The screen's X server stopped unexpectedly.")} ${t('Please log in again.')}`;
}

/** That a server stopped to answer in a session that goes on, and that it does again. */
export function silentText(server: string): string {
  return t('{server} is not answering. Waiting...', { server: cleanLine(server) });
}
export function answersAgainText(server: string): string {
  return t('{server} answers again.', { server: cleanLine(server) });
}

/** That what was chosen cannot be had on the server that was chosen later. */
export function notOfferedText(choice: ServerChoice, label: string): string {
  if (choice.mode === 'automatic') return t('No server offers {label}. The default is used instead.', { label });
  return t('{server} does not offer {label}. The default is used instead.', { server: cleanLine(choice.name), label });
}

/** Asks whether the user's other sessions may be ended; the last line is the question. */
export function otherSessionsPrompt(server: string): string {
  const words = t('You are logged in on {server} already.', { server: cleanLine(server) });
  return `${words}\n${t('End the other session and log in here? (yes or no)')}`;
}

export function sessionElsewherePrompt(server: string): string {
  const words = t('You are logged in on {server} already.', { server: cleanLine(server) });
  return `${words}\n${t('Type 1 to log in there, 2 to end that session and log in here, 3 to cancel.')}`;
}

/** Numbers, for the first letters of three words may be the same in some language. */
export function wishElsewhere(answer: string): 'go' | 'end' | 'cancel' {
  return ({ 1: 'go', 2: 'end' } as const)[answer.trim()] ?? 'cancel';
}

/** Whether an answer to such a question is a yes: the word or its first letter, in the user's language or English. */
export function meansYes(answer: string): boolean {
  const text = answer.trim().toLowerCase();
  return text !== '' && [t('yes'), 'yes'].some((yes) => yes === text || yes.slice(0, 1) === text);
}
