/**
 * Typed text goes from the windows to `ldm` as bytes through its own pipe. In a JSON message it would be a string, which
 * stays in the memory of the process that holds the session. A message announces it afterwards.
 */
import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { answerFd } from '../../protocol/answer-fd.js';
import { Secret } from '../../shared/secret.js';
import type { WindowsChild } from './windows-child.js';

/** `stdio` of the process that shows the windows; the last one is the pipe. */
export const stdioWithAnswers = ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] as const;

/** To be called right after the fork: no buffer of Node may read what has to be wiped. */
export function keepAnswersUnread(child: WindowsChild): void {
  handleOf(child)?.readStop();
}

/** The answer that a message has announced. @returns undefined where it is not there as announced */
export function takeAnswer(child: WindowsChild, length: number): Secret | undefined {
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
    // EAGAIN: the message has announced more than was sent.
    return undefined;
  } finally {
    bytes.fill(0);
  }
}

/** Node has no public way to a pipe without reading it into its own buffers. */
function handleOf(child: WindowsChild): { readonly fd: number; readStop(): void } | undefined {
  const pipe = child.stdio[answerFd] as (Socket & { _handle?: { fd: number; readStop(): void } | null }) | undefined;
  return pipe?._handle ?? undefined;
}
