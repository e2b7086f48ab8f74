import { t } from '../../shared/i18n.js';
import { cleanLine, cleanText } from '../../shared/plain-text.js';
import type { LoginProgress } from '../outcome.js';
import { failureLine } from './failure.js';
import { answersAgainText, silentText } from './session.js';

/** Maximum number of names in the text that says what is waited for; more do not fit into its two lines. */
const maxNames = 3;

/** What is waited for; undefined for progress that does not change it. */
export function waitingText(progress: LoginProgress): string | undefined {
  switch (progress.kind) {
    case 'choosing':
      return t('Looking for a server...');
    case 'connecting':
      return connectingText(progress.servers);
    case 'waking':
      return t('Waking up {servers}. This can take a few minutes...', { servers: namesOf(progress.servers) });
    case 'signing-in':
      return t('Signing in on {server}...', { server: cleanLine(progress.server) });
    case 'starting':
      return t('Starting the session on {server}...', { server: cleanLine(progress.server) });
    case 'failed':
    case 'server-message':
    case 'silent':
    case 'answers':
      return undefined;
  }
}

/** What is waited for after a question of the server was answered. */
export function answeredText(server: string): string {
  return t('Waiting for {server}...', { server: cleanLine(server) });
}

function namesOf(servers: readonly string[]): string {
  return servers.slice(0, maxNames).map(cleanLine).join(', ');
}

function connectingText(servers: readonly string[]): string {
  const names = namesOf(servers);
  return servers.length > maxNames
    ? t('Connecting to {servers} and others...', { servers: names })
    : t('Connecting to {server}...', { server: names });
}

/** The line that stays on the screen; undefined for progress that leaves none. */
export function progressLine(progress: LoginProgress): { kind: 'info' | 'error'; text: string } | undefined {
  switch (progress.kind) {
    case 'failed':
      return { kind: 'error', text: failureLine(progress.failure) };
    case 'silent':
      return { kind: 'error', text: silentText(progress.server) };
    case 'answers':
      return { kind: 'info', text: answersAgainText(progress.server) };
    case 'server-message': {
      const text = cleanText(progress.text);
      return text === '' ? undefined : { kind: 'info', text };
    }
    case 'choosing':
    case 'connecting':
    case 'waking':
    case 'signing-in':
    case 'starting':
      return undefined;
  }
}
