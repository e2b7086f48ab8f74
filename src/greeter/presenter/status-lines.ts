import { userNameProblemText } from '../../login/sentences/user-name.js';
import {
  earlyEndText,
  goOnText,
  notOfferedText,
  outcomeText,
  progressLine,
  sessionEndText,
} from '../../login/sentences.js';
import type { StatusLine } from '../../protocol/greeter-messages.js';
import type { EndedSession } from '../attempt/session-watch.js';
import type { StatusEntry } from '../conversation/status.js';
import { isDetail } from './details.js';
import { commandEndText, controlFailedText, loginCancelledText, windowsRestartedText } from './sentences.js';

/** A sentence may tell the time, so each is made once. */
const made = new WeakMap<StatusEntry, StatusLine | undefined>();

/** What the user reads of the conversation's reports. */
export function statusLines(entries: readonly StatusEntry[]): StatusLine[] {
  return entries.flatMap((entry) => {
    if (isDetail(entry)) return [];
    if (!made.has(entry)) made.set(entry, statusLine(entry));
    return made.get(entry) ?? [];
  });
}

function statusLine(entry: StatusEntry): StatusLine | undefined {
  switch (entry.kind) {
    case 'progress':
      return progressLine(entry.progress);
    case 'prompt-text':
      return { kind: 'info', text: entry.text };
    case 'failover-question':
      return { kind: 'info', text: goOnText(entry.server) };
    case 'login-failed': {
      const text = outcomeText(entry.outcome);
      return text === undefined ? undefined : { kind: 'error', text };
    }
    case 'login-cancelled':
      return { kind: 'info', text: loginCancelledText() };
    case 'user-name-rejected':
      return { kind: 'error', text: userNameProblemText(entry.problem) };
    case 'option-unavailable':
      return { kind: 'info', text: notOfferedText(entry.choice, entry.label) };
    case 'windows-restarted':
      return { kind: 'error', text: windowsRestartedText(entry.messages) };
    case 'session-ended':
      return { kind: 'error', text: sessionEndText(entry.ended.server, detailOf(entry.ended)) };
    case 'control-failed':
      return { kind: 'error', text: controlFailedText(entry.failure) };
    case 'notice':
      return { kind: 'error', text: entry.text };
  }
}

/** Why a session ended within seconds of its start; undefined where it lasted. */
export function earlyEndNotice(ended: EndedSession): string | undefined {
  if (ended.earlySeconds === undefined) return undefined;
  return earlyEndText(ended.server, ended.earlySeconds, detailOf(ended));
}

function detailOf({ errors, end }: EndedSession): string {
  return errors || commandEndText(end);
}
