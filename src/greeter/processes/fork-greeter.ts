import { type ChildProcess, fork } from 'node:child_process';
import type { Writable } from 'node:stream';
import { answerFd } from '../../protocol/answer-fd.js';
import { keepAnswersUnread, stdioWithAnswers } from './answer-pipe.js';

/**
 * Starts a process that shows windows. This file imports little, so that the process starts early. Node keeps messages
 * that come before anybody listens.
 * @param bundle its program
 * @param args its arguments; the first one is JSON, the Looks of greeter-messages.ts, or `looksFollow`
 */
export function forkGreeter(bundle: string, ...args: readonly string[]): ChildProcess {
  const child = fork(bundle, args, { stdio: [...stdioWithAnswers], execArgv: [] });
  keepAnswersUnread(child);
  // The listener comes later and checks whether it still runs. Until then its failure must not end this process.
  child.on('error', () => {});
  return child;
}

/** Sends the looks, or the display, to a process that was started with `looksFollow`. If it has died, its exit tells. */
export function sendLine(child: ChildProcess, line: string): void {
  const pipe = child.stdio[answerFd] as Writable | null | undefined;
  pipe?.on('error', () => {});
  pipe?.write(`${line}\n`);
}
