import { answeredText, settingsText, stateText, waitingText, wakingStateText } from '../../login/sentences.js';
import type { OptionKind, Question, ServerRow, View } from '../../protocol/greeter-messages.js';
import { isUsable, type ServerStatus } from '../../servers/server-status.js';
import { cleanLine } from '../../shared/plain-text.js';
import { isOwnStep, type MissingStep } from '../client/missing-step.js';
import type { Conversation } from '../conversation/conversation.js';
import { defaultLanguage, defaultSession } from '../session-options/session-options.js';
import { detailLines } from './details.js';
import { desktopAwaitedText, loggingInText, missingStepText, optionRow, questionLabels } from './sentences.js';
import { statusLines } from './status-lines.js';

/** What the window shows besides the conversation. */
export interface Surroundings {
  readonly client: View['client'];
  /** What a login lacks at the moment. */
  readonly missing?: MissingStep | undefined;
  /** Told to the administrator where no server can be reached. */
  readonly servers?: readonly ServerStatus[];
  /** The administrator's text, shown while there is nothing else to say. */
  readonly greeting?: string | undefined;
  /** Some settings cannot be used. */
  readonly hasSettingsProblems?: boolean;
  /** What the administrator has chosen for everybody. */
  readonly forced?: readonly OptionKind[];
  /** Undefined where restart and shutdown are forbidden. */
  readonly power?: object | undefined;
  readonly menu?: readonly { readonly label: string }[];
  /** strftime format of the clock. */
  readonly clock?: string | undefined;
}

/** What the login window shows of a conversation. */
export function viewOf(conversation: Conversation, surroundings: Surroundings): View {
  const { client, forced = [], power, menu = [], clock = null } = surroundings;
  const { stage, choice, session, language, guest, countdown } = conversation;
  const waiting = waitingOf(conversation);
  return {
    question: questionOf(conversation),
    failover: stage.at === 'failover' ? { id: conversation.question } : null,
    user: userOf(conversation),
    waiting,
    isDesktopStarting: stage.at === 'starting',
    cancellable: countdown !== null || (stage.at !== 'user-name' && stage.at !== 'running'),
    guestButton: guest === 'offered' && stage.at === 'user-name',
    countdown,
    status: statusOf(conversation, waiting !== null, surroundings),
    details: detailLines(conversation.status, surroundings.missing, surroundings.servers ?? []),
    client,
    chosenServer: choice.mode === 'server' ? cleanLine(choice.name) : null,
    chosenSession: session.key === defaultSession.key ? null : optionRow(session).label,
    chosenLanguage: language.key === defaultLanguage.key ? null : optionRow(language).label,
    permitted: {
      session: !forced.includes('session'),
      language: !forced.includes('language'),
      power: power !== undefined,
    },
    menuEntries: menu.map(({ label }) => label),
    clock,
  };
}

function statusOf(
  { status }: Conversation,
  isWaiting: boolean,
  { missing, greeting, hasSettingsProblems = false }: Surroundings,
): View['status'] {
  const lines = statusLines(status);
  // A login that has just failed says it better.
  const isMissingTold = missing !== undefined && (isOwnStep(missing) || (lines.length === 0 && !isWaiting));
  if (lines.length === 0 && !isWaiting && greeting !== undefined) lines.push({ kind: 'info', text: greeting });
  // A user who waits for a server cannot do anything about the settings.
  if (hasSettingsProblems && !isWaiting) lines.push({ kind: 'info', text: settingsText() });
  if (isMissingTold) lines.push({ kind: 'error', text: missingStepText(missing) });
  return lines;
}

function questionOf({ stage, question: id }: Conversation): Question | null {
  switch (stage.at) {
    case 'user-name':
      return { id, label: questionLabels.userName(), hidden: false, initial: stage.user };
    case 'password':
      return { id, label: questionLabels.password(), hidden: true, initial: '' };
    case 'prompted':
      return { id, label: stage.label || questionLabels.answer(), hidden: stage.hidden, initial: '' };
    case 'connecting':
    case 'failover':
    case 'starting':
    case 'running':
      return null;
  }
}

function userOf({ stage }: Conversation): string | null {
  if (stage.at === 'user-name' || stage.at === 'running' || stage.user === null) return null;
  return loggingInText(stage.user);
}

function waitingOf({ stage }: Conversation): string | null {
  if (stage.at === 'starting') return desktopAwaitedText(stage.server);
  if (stage.at !== 'connecting') return null;
  const { waitingFor } = stage;
  return waitingFor.kind === 'reply' ? answeredText(waitingFor.server) : (waitingText(waitingFor) ?? null);
}

/** The rows of the server dialog. */
export function rowsOf(
  statuses: readonly ServerStatus[],
  wakeOf: (status: ServerStatus) => ServerRow['wake'] = () => 'no',
): ServerRow[] {
  return statuses.map((status) => {
    const wake = wakeOf(status);
    return {
      name: status.server.name,
      usable: isUsable(status),
      wake,
      rating: status.rating,
      sessions: status.sessions,
      state: wake === 'under-way' ? wakingStateText() : stateText(status),
    };
  });
}
