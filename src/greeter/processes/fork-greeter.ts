import { type ChildProcess, fork } from 'node:child_process';
import { keepAnswersUnread, stdioWithAnswers } from './answer-pipe.js';

/**
 * Starts a process that shows windows. This file imports little, so that the process starts early. Node keeps messages
 * that come before anybody listens.
 * @param bundle its program
 * @param args its arguments; the first one is JSON, the Looks of greeter-messages.ts
 */
export function forkGreeter(bundle: string, ...args: readonly string[]): ChildProcess {
  const child = fork(bundle, args, { stdio: [...stdioWithAnswers], execArgv: [] });
  keepAnswersUnread(child);
  // The listener comes later and checks whether it still runs. Until then its failure must not end this process.
  child.on('error', () => {});
  return child;
}
