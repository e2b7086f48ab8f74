import { Transform } from 'node:stream';

/**
 * What passes over LDM_SOCKET: frames of one letter, four bytes of length (big-endian) and the payload.
 * - `c` command line, to the server's shell; the first frame, once
 * - `i` standard input; its end is the end of the stream
 * - `o`, `e` standard output and standard error
 * - `x` how it ended ({@link RemoteEnd} as JSON); the last frame
 */
export type FrameKind = 'c' | 'i' | 'o' | 'e' | 'x';

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

/** How a command ended that ran over the connection. */
export type RemoteEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string };

/** Longest payload in bytes: a command line of the kernel's longest word, and less than a chunk of any stream. */
const longestPayload = 131_072;
const headLength = 5;

/** @throws {RangeError} for a payload that is too long */
export function encodeFrame(kind: FrameKind, payload: Buffer): Buffer {
  if (payload.length > longestPayload) throw new RangeError(`a frame of ${payload.length} bytes`);
  const head = Buffer.alloc(headLength);
  head.write(kind, 'latin1');
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Reads frames from a stream of bytes. */
export class FrameReader {
  private heard = Buffer.alloc(0);

  /** @returns the frames that are whole by now @throws {RangeError} for what is no frame */
  read(chunk: Buffer): Frame[] {
    this.heard = Buffer.concat([this.heard, chunk]);
    const frames: Frame[] = [];
    while (this.heard.length >= headLength) {
      const length = this.heard.readUInt32BE(1);
      const kind = kindOf(this.heard.toString('latin1', 0, 1));
      if (kind === undefined || length > longestPayload) throw new RangeError('no frame');
      if (this.heard.length < headLength + length) break;
      frames.push({ kind, payload: this.heard.subarray(headLength, headLength + length) });
      this.heard = this.heard.subarray(headLength + length);
    }
    return frames;
  }
}

/** Makes frames of a stream's bytes. */
export function framed(kind: FrameKind): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += longestPayload) {
        this.push(encodeFrame(kind, chunk.subarray(at, at + longestPayload)));
      }
      done();
    },
  });
}

function kindOf(letter: string): FrameKind | undefined {
  switch (letter) {
    case 'c':
    case 'i':
    case 'o':
    case 'e':
    case 'x':
      return letter;
    default:
      return undefined;
  }
}
