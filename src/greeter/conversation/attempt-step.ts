import type { LoginOutcome, LoginProgress } from '../../login/outcome.js';
import type { Prompt } from '../../session/sign-in/prompt-answers.js';
import { cleanLine, cleanText } from '../../shared/plain-text.js';
import type { EndedSession } from '../attempt/session-watch.js';
import { ask, askAgain, type Conversation, report, type WaitingFor } from './conversation.js';
import { type AttemptEvent, type Step, unchanged } from './events.js';

/** What the current attempt reports makes of the conversation. */
export function attemptStep(now: Conversation, event: AttemptEvent): Step {
  switch (event.kind) {
    case 'progress':
      return unchanged(progressed(now, event.progress));
    case 'prompted':
      return unchanged(prompted(now, event.server, event.prompt));
    case 'failover-proposed':
      return unchanged(failoverProposed(now, event.server));
    case 'ended':
      return unchanged(ended(now, event.outcome));
    case 'session-shown':
      return sessionShown(now);
    case 'session-settled':
      return { next: now, effects: now.stage.at === 'running' ? [{ kind: 'close-windows' }] : [] };
    case 'session-ended':
      return sessionEnded(now, event.ended);
  }
}

function progressed(now: Conversation, progress: LoginProgress): Conversation {
  switch (progress.kind) {
    case 'choosing':
    case 'connecting':
    case 'waking':
    case 'signing-in':
    case 'starting':
      return waitFor(now, progress);
    case 'failed':
    case 'silent':
    case 'answers':
      return report(now, { kind: 'progress', progress });
    case 'server-message': {
      const text = cleanText(progress.text);
      return text === '' ? now : report(now, { kind: 'progress', progress: { ...progress, text } });
    }
  }
}

/** An open prompt is withdrawn: its server has failed, or waits no longer. */
function waitFor(now: Conversation, waitingFor: WaitingFor): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting' && stage.at !== 'prompted') return now;
  return { ...now, stage: { at: 'connecting', user: stage.user, waitingFor } };
}

/** PAM puts explanations and question into one text: the last line is the question, the others are shown above. */
function prompted(now: Conversation, server: string, prompt: Prompt): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting') return now;
  const lines = cleanText(prompt.text).split('\n');
  const text = lines.slice(0, -1).join('\n').trim();
  const explained = text === '' ? now : report(now, { kind: 'prompt-text', text });
  const label = cleanLine(lines.at(-1) ?? '');
  return ask(explained, { at: 'prompted', user: stage.user, server, label, hidden: !prompt.echo });
}

function failoverProposed(now: Conversation, server: string): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting' && stage.at !== 'prompted') return now;
  return report(ask(now, { at: 'failover', user: stage.user, server }), { kind: 'failover-question', server });
}

function ended(now: Conversation, outcome: LoginOutcome): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting' && stage.at !== 'prompted') return now;
  if (outcome.kind === 'started') {
    return { ...now, stage: { at: 'starting', user: stage.user, server: outcome.server } };
  }
  const again = askAgain(now, stage.user);
  return outcome.kind === 'cancelled' ? again : report(again, { kind: 'login-failed', outcome });
}

function sessionShown(now: Conversation): Step {
  const { stage } = now;
  if (stage.at !== 'starting') return unchanged(now);
  return { next: { ...now, stage: { at: 'running', server: stage.server } }, effects: [{ kind: 'hide-windows' }] };
}

function sessionEnded(now: Conversation, session: EndedSession): Step {
  const { stage } = now;
  if (stage.at === 'running') return { next: now, effects: [{ kind: 'finish', ended: session }] };
  if (stage.at !== 'starting') return unchanged(now);
  return unchanged(report(askAgain(now, stage.user), { kind: 'session-ended', ended: session }));
}
