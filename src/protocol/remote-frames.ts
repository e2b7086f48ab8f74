import { Transform } from 'node:stream';

/**
 * The protocol of LDM_SOCKET: frames of one letter, four bytes of length (big-endian) and the payload.
 * - `c` command line for the server's shell; exactly one, the first frame
 * - `i` standard input; the end of the stream ends it
 * - `o`, `e` standard output and standard error
 * - `x` how it ended ({@link RemoteEnd} as JSON); the last frame
 */
export type FrameKind = 'c' | 'i' | 'o' | 'e' | 'x';

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

/** How a remote command ended. */
export type RemoteEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string };

/** In bytes: the kernel's limit for one argument. Longer output is divided. */
const maxPayloadBytes = 131_072;
const headLength = 5;

/** @throws {RangeError} for too long a payload */
export function encodeFrame(kind: FrameKind, payload: Buffer): Buffer {
  if (payload.length > maxPayloadBytes) throw new RangeError(`a frame of ${payload.length} bytes`);
  const head = Buffer.alloc(headLength);
  head.write(kind, 'latin1');
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Reads frames from a stream of bytes. */
export class FrameReader {
  #received = Buffer.alloc(0);

  /** @returns the frames that are complete @throws {RangeError} for an invalid frame */
  read(chunk: Buffer): Frame[] {
    this.#received = Buffer.concat([this.#received, chunk]);
    const frames: Frame[] = [];
    while (this.#received.length >= headLength) {
      const length = this.#received.readUInt32BE(1);
      const kind = kindOf(this.#received.toString('latin1', 0, 1));
      if (kind === undefined || length > maxPayloadBytes) throw new RangeError('invalid frame');
      if (this.#received.length < headLength + length) break;
      frames.push({ kind, payload: this.#received.subarray(headLength, headLength + length) });
      this.#received = this.#received.subarray(headLength + length);
    }
    return frames;
  }
}

/** Turns the bytes of a stream into frames. */
export function framed(kind: FrameKind): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += maxPayloadBytes) {
        this.push(encodeFrame(kind, chunk.subarray(at, at + maxPayloadBytes)));
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
