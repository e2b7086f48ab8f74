import { isUsable, type ServerStatus } from '../servers/answer.js';
import type { Conversation } from './conversation.js';
import type { Question, ServerRow, View } from './messages.js';
import { cleanLine } from './plain-text.js';
import { stateText } from './sentences.js';

/**
 * What the login window shows of a conversation.
 * @param greeting the administrator's words, shown while nothing else is said
 */
export function viewOf(conversation: Conversation, client: View['client'], greeting?: string): View {
  const { stage, status, choice } = conversation;
  const waiting = waitingFor(conversation);
  return {
    question: questionOf(conversation),
    waiting,
    cancellable: stage.at !== 'idle' && stage.at !== 'running',
    status:
      status.length === 0 && waiting === null && greeting !== undefined
        ? [{ kind: 'info', text: greeting }]
        : [...status],
    client,
    chosen: choice.mode === 'server' ? cleanLine(choice.name) : null,
  };
}

function questionOf({ stage, question: id }: Conversation): Question | null {
  switch (stage.at) {
    case 'idle':
      return { id, label: 'Username', hidden: false, initial: stage.user };
    case 'asking':
      return { id, label: 'Password', hidden: true, initial: '' };
    case 'prompted':
      return { id, label: stage.label, hidden: stage.hidden, initial: '' };
    case 'connecting':
    case 'starting':
    case 'running':
      return null;
  }
}

function waitingFor({ stage }: Conversation): string | null {
  if (stage.at === 'connecting') return stage.waiting;
  if (stage.at === 'starting') return `Waiting for the desktop of ${cleanLine(stage.server)}...`;
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
