import type { Socket } from 'node:net';
import { type ConnectFailure, connectFailure } from '../shared/connect-failure.js';
import { dial } from './dial.js';

/** The text that a port sent, or why there is none. */
export type ReadResult =
  | { readonly kind: 'text'; readonly text: string; readonly address: string }
  | {
      readonly kind: ConnectFailure;
      /** The last address that was tried. */
      readonly address: string | null;
      readonly connected: boolean;
    };

export interface ReadRequest {
  readonly host: string;
  readonly port: number;
  /** Reading ends when the text matches; default: at the end of the stream. */
  readonly enough?: RegExp | undefined;
  /** Maximum number of bytes. */
  readonly limit: number;
  readonly timeoutMs: number;
  /** See {@link DialOptions}. */
  readonly first?: string | null | undefined;
  readonly onAttempt?: ((address: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Connects and reads to the end, to the limit, or until the text is enough. Sends nothing. Never throws. */
export function readFrom({
  host,
  port,
  enough,
  limit,
  timeoutMs,
  first,
  onAttempt,
  signal,
}: ReadRequest): Promise<ReadResult> {
  return new Promise((resolve) => {
    const end = new AbortController();
    const chunks: Buffer[] = [];
    let bytes = 0;
    let address: string | null = null;
    let socket: Socket | undefined;
    const finish = (answer: ReadResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onTimeout);
      end.abort();
      socket?.destroy();
      resolve(answer);
    };
    const text = (): string => Buffer.concat(chunks).subarray(0, limit).toString('utf8');
    const finishWith = (whole: string): void => finish({ kind: 'text', text: whole, address: address ?? host });
    const onTimeout = (): void => {
      finish({ kind: address === null ? 'dns-failed' : 'timeout', address, connected: socket !== undefined });
    };
    const timer = setTimeout(onTimeout, Math.max(1, timeoutMs));
    const read = (from: Socket): void => {
      socket = from;
      address = from.remoteAddress ?? address;
      from.on('data', (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= limit) finishWith(wholeLines(text()));
        else if (enough?.test(text())) finishWith(text());
      });
      from.on('end', () => finishWith(text()));
      from.on('error', () => finishWith(text()));
    };
    signal.addEventListener('abort', onTimeout);
    if (signal.aborted) {
      onTimeout();
      return;
    }
    const noteAttempt = (attempted: string): void => {
      address = attempted;
      onAttempt?.(attempted);
    };
    dial(host, port, { timeoutMs, first, onAttempt: noteAttempt, signal: end.signal }).then(read, (error: unknown) =>
      finish({ kind: connectFailure(error) ?? 'unreachable', address, connected: false }),
    );
  });
}

/** A line that is cut at the limit could mean something else, so it is dropped. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
