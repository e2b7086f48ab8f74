/**
 * What is typed goes from the windows to `ldm` as bytes, through a pipe of its own: in a JSON message it would be a string,
 * and stay in the memory of the process that holds the session. The message that tells of it comes behind it.
 */
import type { ChildProcess } from 'node:child_process';
import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { answerFd } from '../../protocol/answer-fd.js';
import { Secret } from '../../shared/secret.js';
/** For `stdio` of the process that shows the windows: the last is the pipe. */
export const stdioWithAnswers = ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] as const;

/** For the process that forked it, right behind the fork: nothing of Node's may read what is to be wiped. */
export function keepAnswersUnread(child: ChildProcess): void {
  handleOf(child)?.readStop();
}

/** The answer of which a message has told. @returns undefined where it is not there as the message says */
export function takeAnswer(child: ChildProcess, length: number): Secret | undefined {
  const fd = handleOf(child)?.fd;
  if (fd === undefined || fd < 0) return undefined;
  const bytes = Buffer.alloc(length);
  try {
    for (let at = 0; at < length; ) {
      const read = readSync(fd, bytes, at, length - at, null);
      if (read === 0) return undefined;
      at += read;
    }
    return new Secret(bytes);
  } catch {
    // EAGAIN: it has promised more than it sent.
    return undefined;
  } finally {
    bytes.fill(0);
  }
}

/** Node has no other way to a pipe that it does not read by itself into buffers of its own. */
function handleOf(child: ChildProcess): { readonly fd: number; readStop(): void } | undefined {
  const pipe = child.stdio[answerFd] as (Socket & { _handle?: { fd: number; readStop(): void } | null }) | undefined;
  return pipe?._handle ?? undefined;
}
