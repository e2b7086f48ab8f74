/** The message channel to `ldm`, which forked this process. */
import { readSync, writeSync } from 'node:fs';
import { answerFd, looksFollow } from '../../protocol/answer-fd.js';
import { type FromGreeter, maxTextLength, parseToGreeter, type ToGreeter } from '../../protocol/greeter-messages.js';
import { guard } from './guard.js';

/** False when this program was started by hand. */
export function hasChannel(): boolean {
  return process.send !== undefined && process.connected;
}

/**
 * The looks as JSON: this process's argument, or what `ldm` sends when it has read its settings. Until then this blocks,
 * because GTK's loop must be entered by the program's last statement, and the display must not be opened earlier.
 */
export function receiveLooks(argument: string | undefined): string | undefined {
  return argument === looksFollow ? receiveLine() : argument;
}

/** Waits for the name of the display, as for the looks, where the environment does not have it. */
export function receiveDisplay(argument: string | undefined, environment: NodeJS.ProcessEnv): void {
  if (argument === looksFollow && !environment.DISPLAY) environment.DISPLAY = receiveLine();
}

const lineEnd = '\n';
const maxLineLength = maxTextLength * 8;
/** What has come after the last line. */
let received = '';

function receiveLine(): string {
  const buffer = Buffer.alloc(maxLineLength);
  while (!received.includes(lineEnd) && received.length < maxLineLength) {
    const read = readSync(answerFd, buffer, 0, buffer.length, null);
    // `ldm` has ended, and has told why.
    if (read === 0) process.exit(0);
    received += buffer.toString('latin1', 0, read);
  }
  const [line = '', ...rest] = received.split(lineEnd);
  received = rest.join(lineEnd);
  return Buffer.from(line, 'latin1').toString();
}

export function send(message: FromGreeter): void {
  // If `ldm` is gone, the disconnect handler ends this process, so a failed message needs no handling here.
  process.send?.(message, undefined, undefined, () => {});
}

export function sendAnswer(question: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(answerFd, bytes, at);
  send({ type: 'answer', question, bytes: bytes.length });
}

/** Calls back for every well-formed message; others are ignored. */
export function onMessage(handler: (message: ToGreeter) => void): void {
  process.on(
    'message',
    guard((raw: unknown) => {
      const message = parseToGreeter(raw);
      if (message !== undefined) handler(message);
    }),
  );
}

/** Tells `ldm` why the greeter fails, then ends the process (70, an internal error in sysexits). */
export function breakDown(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(text);
  endWith({ type: 'crashed', text: text.slice(0, maxTextLength) });
}

/** Sends a last message, then ends the process. */
export function endWith(message: FromGreeter): void {
  const end = (): void => process.exit(70);
  if (!hasChannel()) end();
  process.send?.(message, undefined, undefined, end);
  setTimeout(end, 500);
}
