import { closeSync, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { cleanText } from '../greeter/plain-text.js';
import { SessionError } from '../session/session-error.js';
import type { Prompt } from '../session/sign-in.js';
import { Secret } from '../settings/secret.js';
import { edit } from './line-editor.js';

/** The controlling terminal, for questions while the standard streams belong to a command. */
export interface Terminal {
  /**
   * @param moot withdraws the question
   * @throws {SessionError} `cancelled` on Ctrl+C or the end of input, or when the question was withdrawn
   */
  ask(prompt: Prompt, moot: AbortSignal): Promise<Secret>;
  close(): void;
}

/** @returns undefined where the process has no terminal */
export function openTerminal(): Terminal | undefined {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
  const output = new WriteStream(fd);
  // One reader for all questions: two would take each other's keystrokes.
  const input = new ReadStream(fd);
  input.setEncoding('utf8').pause();
  let typedAhead = '';
  return {
    async ask(prompt, moot) {
      const answer = await readLine({ input, output, prompt, typed: typedAhead, moot });
      typedAhead = answer.rest;
      return answer.secret;
    },
    close() {
      input.destroy();
      output.destroy();
      // The streams may have closed it already.
      try {
        closeSync(fd);
      } catch {}
    },
  };
}

interface Reading {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly prompt: Prompt;
  /** What was typed before the question. */
  readonly typed: string;
  readonly moot: AbortSignal;
}

function readLine({ input, output, prompt, typed, moot }: Reading): Promise<{ secret: Secret; rest: string }> {
  // Before the prompt is seen the terminal must have stopped echoing.
  input.setRawMode(true);
  output.write(`${cleanText(prompt.text)} `);
  return new Promise<{ secret: Secret; rest: string }>((resolve, reject) => {
    let line = '';
    const finish = (settle: () => void): void => {
      input.pause();
      input.removeAllListeners();
      moot.removeEventListener('abort', giveUp);
      input.setRawMode(false);
      output.write('\n');
      settle();
    };
    const giveUp = (): void => finish(() => reject(new SessionError('cancelled', 'at the terminal')));
    const onTyped = (text: string): void => {
      const typing = edit(line, text);
      line = typing.line;
      if (prompt.echo && typing.echo !== '') output.write(typing.echo);
      if (typing.end === 'entered') finish(() => resolve({ secret: new Secret(line), rest: typing.rest }));
      else if (typing.end === 'given up') giveUp();
    };
    moot.addEventListener('abort', giveUp);
    input.on('data', onTyped);
    input.on('end', giveUp);
    input.on('error', giveUp);
    if (moot.aborted) giveUp();
    else {
      input.resume();
      if (typed !== '') onTyped(typed);
    }
  });
}
