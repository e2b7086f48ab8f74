import { offlineText, settingsText, stateText } from '../login/sentences.js';
import type { OptionKind, Question, ServerRow, View } from '../protocol/greeter-messages.js';
import { isUsable, type ServerStatus } from '../servers/server-status.js';
import { t } from '../shared/i18n.js';
import { cleanLine } from '../shared/plain-text.js';
import type { Conversation } from './conversation.js';
import { defaultLanguage, defaultSession } from './session-options/session-options.js';

/** What stays the same in every view. */
export interface Surroundings {
  readonly client: View['client'];
  /** This client is cut off from the network. */
  readonly offline?: boolean;
  /** The administrator's words, shown while nothing else is said. */
  readonly greeting?: string | undefined;
  /** Some settings cannot be used. */
  readonly hasSettingsProblems?: boolean;
  /** What the administrator has chosen for everybody. */
  readonly forced?: readonly OptionKind[];
  /** Undefined where restart and shut-down are forbidden. */
  readonly power?: object | undefined;
  readonly menu?: readonly { readonly label: string }[];
  /** strftime format of the clock. */
  readonly clock?: string | undefined;
}

/** What the login window shows of a conversation. */
export function viewOf(conversation: Conversation, surroundings: Surroundings): View {
  const {
    client,
    offline = false,
    greeting,
    hasSettingsProblems = false,
    forced = [],
    power,
    menu = [],
    clock = null,
  } = surroundings;
  const { stage, status, choice, session, language, guest, countdown } = conversation;
  const waiting = waitingFor(conversation);
  return {
    question: questionOf(conversation),
    failover: stage.at === 'offering' ? { id: conversation.question } : null,
    user: userOf(conversation),
    waiting,
    isDesktopStarting: stage.at === 'starting',
    cancellable: countdown !== null || (stage.at !== 'idle' && stage.at !== 'running'),
    guestButton: guest === 'offered' && stage.at === 'idle',
    countdown,
    status: [
      ...(status.length === 0 && waiting === null && greeting !== undefined
        ? [{ kind: 'info', text: greeting } as const]
        : status),
      // Whoever waits for a server cannot do anything about it.
      ...(hasSettingsProblems && waiting === null ? [{ kind: 'info', text: settingsText() } as const] : []),
      ...(offline ? [{ kind: 'error', text: offlineText() } as const] : []),
    ],
    client,
    chosenServer: choice.mode === 'server' ? cleanLine(choice.name) : null,
    chosenSession: session.key === defaultSession.key ? null : session.label,
    chosenLanguage: language.key === defaultLanguage.key ? null : language.label,
    permitted: {
      session: !forced.includes('session'),
      language: !forced.includes('language'),
      power: power !== undefined,
    },
    menuEntries: menu.map(({ label }) => label),
    clock,
  };
}

function questionOf({ stage, question: id }: Conversation): Question | null {
  switch (stage.at) {
    case 'idle':
      return { id, label: t('Username'), hidden: false, initial: stage.user };
    case 'asking':
      return { id, label: t('Password'), hidden: true, initial: '' };
    case 'prompted':
      return { id, label: stage.label, hidden: stage.hidden, initial: '' };
    case 'connecting':
    case 'offering':
    case 'starting':
    case 'running':
      return null;
  }
}

/** Whose password it is: the name has gone from the entry by then. */
function userOf({ stage }: Conversation): string | null {
  if (stage.at === 'idle' || stage.at === 'running' || stage.user === null) return null;
  return t('Logging in as {user}', { user: cleanLine(stage.user) });
}

function waitingFor({ stage }: Conversation): string | null {
  if (stage.at === 'connecting') return stage.waiting;
  if (stage.at === 'starting') return t('Waiting for the desktop of {server}...', { server: cleanLine(stage.server) });
  return null;
}

/** The rows of the server dialog. */
export function rowsOf(statuses: readonly ServerStatus[]): ServerRow[] {
  return statuses.map((status) => ({
    name: status.server.name,
    usable: isUsable(status),
    rating: status.rating,
    sessions: status.sessions,
    state: stateText(status),
  }));
}
