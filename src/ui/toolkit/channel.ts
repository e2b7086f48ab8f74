/** The message channel to `ldm`, which forked this process. */
import { writeSync } from 'node:fs';
import { answerFd } from '../../protocol/answer-fd.js';
import { type FromGreeter, maxTextLength, parseToGreeter, type ToGreeter } from '../../protocol/greeter-messages.js';
import { guard } from './guard.js';

/** False when this program was started by hand. */
export function hasChannel(): boolean {
  return process.send !== undefined && process.connected;
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
