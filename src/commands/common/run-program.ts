import { spawn } from 'node:child_process';
import { trustProgram } from '../../shared/program-trust.js';

/** Of what it says on standard error, in characters. */
const keptWords = 500;

/**
 * Runs a program of the administrator's to its end, without a shell. It goes on when `ldm` ends.
 * @returns its last words or how it failed; undefined where it ended with exit code 0
 */
export function runProgram([file = '', ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const trust = trustProgram(file, process.getuid?.() ?? 0, process.env.PATH);
    if (trust.kind === 'distrusted') {
      resolve(trust.reason);
      return;
    }
    const child = spawn(trust.path, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-keptWords);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      // What it left running may hold its standard error open; its own last words are here by then.
      setImmediate(() => resolve(code === 0 ? undefined : words.trim() || describe(code, signal)));
    });
  });
}

function describe(code: number | null, signal: string | null): string {
  return code === null ? `ended by ${signal}` : `exit code ${code}`;
}
