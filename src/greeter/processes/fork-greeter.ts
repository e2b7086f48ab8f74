import { type ChildProcess, fork } from 'node:child_process';
import type { Writable } from 'node:stream';
import { answerFd } from '../../protocol/answer-fd.js';
import { keepAnswersUnread, stdioWithAnswers } from './answer-pipe.js';
import type { WindowsChild } from './windows-child.js';

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

/**
 * Resolves when a process has sent something, or has ended. Its messages are kept for the next listener.
 * @param timeoutMs when it resolves at the latest
 */
export function hasSpoken(child: WindowsChild, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const messages: unknown[] = [];
    const timer = setTimeout(resolve, timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const keep = (message: unknown): void => {
      messages.push(message);
      done();
    };
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) done();
    child.once('exit', done).on('message', keep);
    child.on('newListener', function pass(event) {
      if (event !== 'message') return;
      child.off('newListener', pass).off('message', keep).off('exit', done);
      process.nextTick(() => {
        for (const message of messages) child.emit('message', message);
      });
    });
  });
}

/** Sends the looks, or the display, to a process that was started with `looksFollow`. If it has died, its exit tells. */
export function sendLine(child: WindowsChild, line: string): void {
  const pipe = child.stdio[answerFd] as Writable | null | undefined;
  pipe?.on('error', () => {});
  pipe?.write(`${line}\n`);
}
