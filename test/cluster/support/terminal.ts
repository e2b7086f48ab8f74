import { spawn } from 'node:child_process';
import { checkout, type Host } from './host.js';

/** A person at a terminal: reads what a program shows, types answers. */
export interface Terminal {
  /** Waits until this comes, behind what was waited for last. @returns all that came until then */
  reads(pattern: RegExp): Promise<string>;
  /** Types a line, with Enter. */
  types(line: string): void;
  /** Everything that was shown, with the terminal's line ends made plain. */
  shown(): string;
  readonly ended: Promise<{ readonly code: number; readonly shown: string }>;
}

const patienceMs = 20_000;
const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs `ldm` on a host, on a terminal of its own made by script(1). It is killed when it takes longer than a minute. */
export function ldmOnTerminal(host: Host, args: readonly string[], env: Readonly<Record<string, string>>): Terminal {
  const [program = '', ...enter] = host.enter;
  const command = [`${checkout}/bin/ldm`, ...args].map(quote).join(' ');
  const child = spawn(program, [...enter, 'script', '-qefc', `exec ${command}`, '/dev/null'], {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'dumb', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const limit = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 60_000);
  let text = '';
  let read = 0;
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data.replaceAll('\r', '');
    wake();
  });
  child.stdin.on('error', () => {
    // It has ended.
  });
  const end = new Promise<{ code: number; shown: string }>((resolve) => {
    child.once('close', (code) => {
      clearTimeout(limit);
      ended = true;
      wake();
      resolve({ code: code ?? -1, shown: text });
    });
  });
  return {
    reads: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(`${pattern} did not come`), patienceMs);
        const finish = (result: string | RegExpExecArray): void => {
          clearTimeout(timer);
          waiting.delete(look);
          if (typeof result === 'string') {
            reject(new Error(`${result}; shown:\n${text}`));
            return;
          }
          const before = text.slice(read, read + result.index + result[0].length);
          read += before.length;
          resolve(before);
        };
        const look = (): void => {
          const found = pattern.exec(text.slice(read));
          if (found) finish(found);
          else if (ended) finish(`it ended without ${pattern}`);
        };
        waiting.add(look);
        look();
      }),
    types: (line) => child.stdin.write(`${line}\r`),
    shown: () => text,
    ended: end,
  };
}
