import type { LoginProgress } from '../../login/outcome.js';
import { failureLine, stateText } from '../../login/sentences.js';
import type { ServerStatus } from '../../servers/server-status.js';
import { cleanLine } from '../../shared/plain-text.js';
import { isOwnStep, type MissingStep } from '../client/missing-step.js';
import type { StatusEntry } from '../conversation/status.js';

/** Maximum number of servers of which the state is told; a message has a limit, and nobody reads more. */
const maxServers = 200;

type Failed = Extract<LoginProgress, { kind: 'failed' }>;
type Detail = StatusEntry & { readonly kind: 'progress'; readonly progress: Failed };

/**
 * Whether an entry is for the administrator: a server that failed before the user had to do with it. The user reads one
 * sentence instead.
 */
export function isDetail(entry: StatusEntry): entry is Detail {
  return entry.kind === 'progress' && entry.progress.kind === 'failed' && entry.progress.phase === 'connecting';
}

/** A line tells its time, so each is made once. */
const made = new WeakMap<StatusEntry, string>();

/** Each server's reason: of the last login, or else of the last time that all were asked without success. */
export function detailLines(
  status: readonly StatusEntry[],
  missing: MissingStep | undefined,
  servers: readonly ServerStatus[],
): string[] {
  const failed = status.filter(isDetail).map((entry) => {
    const line = made.get(entry) ?? detailLine(entry);
    made.set(entry, line);
    return line;
  });
  if (failed.length > 0 || missing === undefined || isOwnStep(missing)) return failed;
  return servers.slice(0, maxServers).map((server) => `${cleanLine(server.server.name)}: ${stateText(server)}`);
}

function detailLine({ progress }: Detail): string {
  return `${new Date().toTimeString().slice(0, 8)}  ${failureLine(progress.failure)}`;
}
