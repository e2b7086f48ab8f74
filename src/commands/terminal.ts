import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream, WriteStream } from 'node:tty';
import { cleanText } from '../greeter/plain-text.js';
import { Secret } from '../session/secret.js';
import { SessionError } from '../session/session-error.js';
import type { Prompt } from '../session/sign-in.js';

/** The controlling terminal, for questions while the standard streams belong to a command. */
export interface Terminal {
  /** @throws {SessionError} `cancelled` on Ctrl+C or the end of input */
  ask(prompt: Prompt): Promise<Secret>;
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
    ask: (prompt) => askOn(fd, prompt),
    close: () => closeSync(fd),
  };
}

function askOn(fd: number, prompt: Prompt): Promise<Secret> {
  const input = new ReadStream(fd);
  const output = new WriteStream(fd);
  output.write(`${cleanText(prompt.text)} `);
  return new Promise<Secret>((resolve, reject) => {
    // Without an output readline echoes nothing; in raw mode the terminal does not either.
    const lines = createInterface({ input, ...(prompt.echo && { output }), terminal: true });
    const giveUp = (): void => reject(new SessionError('cancelled', 'at the terminal'));
    lines.once('line', (line) => {
      resolve(new Secret(line));
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', giveUp);
  }).finally(() => {
    input.setRawMode(false);
    output.write('\n');
  });
}
