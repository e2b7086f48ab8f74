import { t } from '../../shared/i18n.js';
import { cleanLine, cleanText } from '../../shared/plain-text.js';
import type { Failure, LoginOutcome } from '../outcome.js';

/** The result of a login that started no session; undefined where nothing needs to be said. */
export function outcomeText(outcome: LoginOutcome): string | undefined {
  switch (outcome.kind) {
    case 'started':
    case 'cancelled':
      return undefined;
    case 'wrong-credentials':
      if (outcome.explained)
        return t('{server} refused the login. See its message above.', { server: cleanLine(outcome.server) });
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
    case 'none-left':
      return noneLeftText(outcome);
  }
}

function noneLeftText({ failures, isOffline, isLastResort }: Extract<LoginOutcome, { kind: 'none-left' }>): string {
  if (isOffline) return t('Nobody can log in without the network. Try again when this computer is connected.');
  if (isLastResort) {
    return t('The server list is unavailable, and no fallback server responded. Please tell your administrator.');
  }
  const [first] = failures;
  if (first === undefined) return t('There is no server to log in to. Please tell your administrator.');
  return (
    adviceText(failures) ??
    (failures.length === 1
      ? t('{server} is not available. Try again, or choose another server.', { server: cleanLine(first.server) })
      : t('No server is available. Try again in a moment, or tell your administrator.'))
  );
}

/** What the user can do where every server failed in the same way; undefined where there is nothing special to do. */
function adviceText(failures: readonly Failure[]): string | undefined {
  const [code, ...others] = new Set(failures.map((failure) => failure.code));
  if (others.length > 0) return undefined;
  switch (code) {
    case 'turned-away':
      return t('Wait a few minutes, then try again.');
    case 'busy':
      return t('Too many people log in at this moment. Wait a little, then try again.');
    case 'dns-failed':
      return t('The network cannot look up the names of servers at the moment. Wait a little, then try again.');
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'host-key-revoked':
    case 'host-key-weak':
    case 'host-certificate-refused':
    case 'host-certificate-time':
      return t(
        'This computer cannot be sure that the server is the right one, and sent it nothing. Please tell your administrator.',
      );
    case 'sign-in-unfinished':
      return t('You were not logged in. Please try again.');
    case 'more-wanted':
      return t('You were not logged in. Please tell your administrator.');
    default:
      return undefined;
  }
}
