/**
 * The one place where a state, a failure or an outcome becomes a sentence. Each says what is so and, where somebody
 * can do something, what to do next.
 */
import type { DownReason, ServerStatus } from '../servers/answer.js';
import type { SessionErrorCode } from '../session/session-error.js';
import type { Failure, LoginNews, LoginOutcome } from './login.js';
import type { ServerChoice } from './messages.js';
import { cleanLine, cleanText } from './plain-text.js';

/** Why a server counts as down, for the State column. */
export function downReasonText(reason: DownReason): string {
  switch (reason) {
    case 'silent':
      return 'no answer in time';
    case 'refused':
      return 'refuses connections';
    case 'unreachable':
      return 'cannot be reached';
    case 'unresolvable':
      return 'its name has no address';
    case 'ssh-down':
      return 'its login service is not running';
    case 'ssh-silent':
      return 'its login service does not answer';
  }
}

/** A server's state in words: `up`, `down: no answer in time`. */
export function stateText(status: ServerStatus): string {
  switch (status.state) {
    case 'checking':
      return 'checking...';
    case 'up':
      return 'up';
    case 'unrated':
      return 'up, tells no rating';
    case 'draining':
      return 'takes no new logins';
    case 'down':
      return status.reason === null ? 'down' : `down: ${downReasonText(status.reason)}`;
  }
}

/** Why a login on one server came to nothing, without the server's name. */
export function failureText(code: SessionErrorCode): string {
  switch (code) {
    case 'unresolvable':
      return 'its name has no address';
    case 'refused':
      return 'refuses connections';
    case 'unreachable':
      return 'cannot be reached';
    case 'timeout':
      return 'did not answer in time';
    case 'closed':
      return 'closed the connection';
    case 'protocol':
      return 'does not speak the login protocol as expected';
    case 'host-key-unknown':
      return 'its identity is not known here (host key unknown); nothing was sent to it';
    case 'host-key-changed':
      return 'its identity has changed (host key mismatch); nothing was sent to it';
    case 'host-key-revoked':
      return 'its identity was revoked (host key revoked); nothing was sent to it';
    case 'wrong-credentials':
      return 'refused the user name or password';
    case 'account-refused':
      return 'refused the login and said why';
    case 'no-method':
      return 'offers no sign-in with a password';
    case 'command-refused':
      return 'refused to start the session';
    case 'x11-refused':
      return 'refused to show windows here (X11 forwarding)';
    case 'cancelled':
      return 'was given up';
  }
}

export function failureLine(failure: Failure): string {
  return `${cleanLine(failure.server)}: ${failureText(failure.code)}.`;
}

/** What is waited for; undefined for news that change nothing about that. */
export function waitingText(news: LoginNews): string | undefined {
  switch (news.kind) {
    case 'choosing':
      return 'Looking for a server...';
    case 'connecting':
      return `Connecting to ${cleanLine(news.server)}...`;
    case 'signing-in':
      return `Signing in on ${cleanLine(news.server)}...`;
    case 'starting':
      return `Starting the session on ${cleanLine(news.server)}...`;
    case 'failed':
    case 'words':
      return undefined;
  }
}

/** What is worth keeping on the screen of the news. */
export function newsLine(news: LoginNews): { kind: 'info' | 'error'; text: string } | undefined {
  if (news.kind === 'failed') return { kind: 'error', text: failureLine(news.failure) };
  if (news.kind !== 'words') return undefined;
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
      if (outcome.explained) return `${cleanLine(outcome.server)} did not let you in. What it said stands above.`;
      return `${cleanLine(outcome.server)} did not accept this user name and password. Please try again.`;
    case 'unknown-server':
      return `There is no server ${cleanLine(outcome.server)} in the list. Please choose another one.`;
    case 'none-left': {
      if (outcome.isLastResort) {
        return 'The list of servers could not be had, and no server that is left is available. Please tell your administrator.';
      }
      const [first] = outcome.failures;
      if (first === undefined) return 'There is no server to log in to. Please tell your administrator.';
      return outcome.failures.length === 1
        ? `${cleanLine(first.server)} is not available. Try again, or choose another server.`
        : 'No server is available. Try again in a moment, or tell your administrator.';
    }
  }
}

/** How a session that began came to an early end. */
export function sessionEndText(server: string, detail: string): string {
  return `The session on ${cleanLine(server)} ended at once. ${cleanText(detail)}`.trim();
}

/** How a session was lost. @param detail what the ssh library or the network said */
export function lostText(server: string, detail: string): string {
  const how = /keepalive/i.test(detail) ? 'it did not answer any more' : 'the connection was cut';
  return `The session on ${cleanLine(server)} was lost: ${how}.`;
}

/** That what was chosen cannot be had on the server that was chosen later. */
export function notOfferedText(choice: ServerChoice, label: string): string {
  const who = choice.mode === 'server' ? `${cleanLine(choice.name)} does not offer` : 'No server offers';
  return `${who} ${label}. The default is used instead.`;
}
