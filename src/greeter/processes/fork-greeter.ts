import { type ChildProcess, fork } from 'node:child_process';
import { keepAnswersUnread, stdioWithAnswers } from './answer-pipe.js';

/**
 * Starts a process that shows windows, and nothing else: this file needs little else to be loaded. Messages that come
 * before anybody listens are kept by Node.
 * @param bundle its program
 * @param words its arguments; the first is JSON of the {@link Looks} in messages.ts
 */
export function forkGreeter(bundle: string, ...words: readonly string[]): ChildProcess {
  const child = fork(bundle, words, { stdio: [...stdioWithAnswers], execArgv: [] });
  keepAnswersUnread(child);
  // Whoever listens comes later, and looks whether it still runs; until then its failure must not end this process.
  child.on('error', () => {});
  return child;
}
