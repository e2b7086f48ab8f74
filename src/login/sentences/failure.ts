import type { SessionErrorCode } from '../../session/failures.js';
import { t } from '../../shared/i18n.js';
import { cleanLine, cleanText } from '../../shared/plain-text.js';
import type { Failure } from '../outcome.js';

/** Why a login on one server failed, without the server's name. */
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

/** The server, its failure, and its message. */
export function failureLine({ server, code, serverMessage }: Failure): string {
  const line = t('{server}: {failure}.', { server: cleanLine(server), failure: failureText(code) });
  const said = cleanText(serverMessage ?? '').trim();
  if (said === '') return line;
  return code === 'no-method' || code === 'more-wanted'
    ? `${line} ${t('It takes: {methods}.', { methods: cleanLine(said) })}`
    : `${line} ${saidText(said)}`;
}

/** A server's message, after a sentence of ours. */
export function saidText(serverMessage: string): string {
  return t('It said: {words}', { words: serverMessage });
}
