import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream, WriteStream } from 'node:tty';
import { cleanText } from '../greeter/plain-text.js';
import { Secret } from '../session/secret.js';
import { SessionError } from '../session/session-error.js';
import type { Prompt } from '../session/sign-in.js';

/** The controlling terminal, for questions while the standard streams belong to a command. */
export interface Terminal {
  /**
   * @param moot withdraws the question
   * @throws {SessionError} `cancelled` on Ctrl+C or the end of input, or when the question was withdrawn
   */
  ask(prompt: Prompt, moot?: AbortSignal): Promise<Secret>;
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
  return {
    ask: (prompt, moot) => askOn(fd, prompt, moot),
    close: () => closeSync(fd),
  };
}

function askOn(fd: number, prompt: Prompt, moot: AbortSignal | undefined): Promise<Secret> {
  const input = new ReadStream(fd);
  const output = new WriteStream(fd);
  return new Promise<Secret>((resolve, reject) => {
    // Without an output readline echoes nothing; in raw mode the terminal does not either. Its history would keep
    // what was typed.
    const lines = createInterface({ input, ...(prompt.echo && { output }), terminal: true, historySize: 0 });
    // Only now: what is typed at a prompt that can be seen must not be.
    output.write(`${cleanText(prompt.text)} `);
    const giveUp = (): void => reject(new SessionError('cancelled', 'at the terminal'));
    lines.once('line', (line) => {
      resolve(new Secret(line));
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', giveUp);
    moot?.addEventListener('abort', () => lines.close());
  }).finally(() => {
    input.setRawMode(false);
    output.write('\n');
  });
}
