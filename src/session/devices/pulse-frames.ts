/**
 * Frames of PulseAudio's native protocol: a header of five 32-bit numbers (length, channel, two of an offset, flags), then
 * so many bytes. A frame on channel -1 is a command: tagged numbers, the first two of which are the command and its tag.
 * PipeWire speaks the same protocol. Sources: pulsecore/pstream.c, pulsecore/native-common.h, pulsecore/tagstruct.c.
 */
export const headerBytes = 20;
const controlChannel = 0xffff_ffff;
/** `FRAME_SIZE_MAX_ALLOW` of PulseAudio. */
const maxFrameBytes = 16 * 1024 * 1024;
/** So much of a command is looked at: the command, its tag and one more number. */
const lookBytes = 15;
const uint32Tag = 'L'.charCodeAt(0);

export interface Frame {
  /** The header, and as much of a command as is looked at. It may be changed in place. */
  readonly head: Buffer;
  readonly isCommand: boolean;
}

export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
  readonly code = 'malformed';
}

/** Cuts a stream of bytes into frames, and passes on those that are wanted. Keeps no more than the head of a frame. */
export class FrameReader {
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the current frame that are still to come. */
  #left = 0;
  #isPassing = true;
  readonly #wants: (frame: Frame) => boolean;

  /** @param wants called once for each frame, when its head is there */
  constructor(wants: (frame: Frame) => boolean) {
    this.#wants = wants;
  }

  /** Whether the bytes so far end with a whole frame. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#head.length === 0;
  }

  /** @returns what goes on, in pieces @throws {MalformedFrameError} */
  read(chunk: Buffer): Buffer[] {
    const passed: Buffer[] = [];
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#left > 0) {
        const body = rest.subarray(0, this.#left);
        if (this.#isPassing) passed.push(body);
        this.#left -= body.length;
        rest = rest.subarray(body.length);
        continue;
      }
      const missing = this.#needed() - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.#head.length < this.#needed()) continue;
      this.#begin(passed);
    }
    return passed;
  }

  #begin(passed: Buffer[]): void {
    const head = this.#head;
    this.#left = headerBytes + head.readUInt32BE(0) - head.length;
    this.#isPassing = this.#wants({ head, isCommand: isCommand(head) });
    if (this.#isPassing) passed.push(head);
    this.#head = Buffer.alloc(0);
  }

  /** How many bytes of the frame must be there before it is judged. */
  #needed(): number {
    if (this.#head.length < headerBytes) return headerBytes;
    const length = this.#head.readUInt32BE(0);
    if (length > maxFrameBytes) throw new MalformedFrameError(`a frame of ${length} bytes`);
    return headerBytes + (isCommand(this.#head) ? Math.min(length, lookBytes) : 0);
  }
}

function isCommand(head: Buffer): boolean {
  return head.readUInt32BE(4) === controlChannel;
}

/** The tagged number of a command at this place (0: the command, 1: its tag). @throws {MalformedFrameError} */
export function numberAt(head: Buffer, place: number): number {
  const at = offsetOf(place);
  if (head.length < at + 4 || head[at - 1] !== uint32Tag)
    throw new MalformedFrameError('a command without its numbers');
  return head.readUInt32BE(at);
}

export function setNumberAt(head: Buffer, place: number, value: number): void {
  head.writeUInt32BE(value >>> 0, offsetOf(place));
}

function offsetOf(place: number): number {
  return headerBytes + place * 5 + 1;
}

/** A command of numbers alone. */
export function commandFrame(...numbers: readonly number[]): Buffer {
  const frame = Buffer.alloc(headerBytes + numbers.length * 5);
  frame.writeUInt32BE(numbers.length * 5, 0);
  frame.writeUInt32BE(controlChannel, 4);
  for (const [place, value] of numbers.entries()) {
    frame[offsetOf(place) - 1] = uint32Tag;
    setNumberAt(frame, place, value);
  }
  return frame;
}
