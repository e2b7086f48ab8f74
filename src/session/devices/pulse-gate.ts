import { Transform, type TransformCallback } from 'node:stream';
import type { Gate } from './device.js';
import { FrameReader, MalformedFrameError } from './pulse-frames.js';
import { judge, type Verdict } from './pulse-rules.js';

export interface PulseGateOptions {
  readonly microphone: boolean;
  readonly onRefused: (what: Extract<Verdict, { kind: 'refused' }>['what']) => void;
}

/** Answers that may wait for the end of a frame on its way to the program. More are not asked for by a usual program. */
const maxWaiting = 256;
/** Bytes that may wait for a program that asks and does not read. */
const maxUnread = 65_536;

/** Holds a program of a session to what it may say to the sound service; what it must not say is answered here. */
export function pulseGate({ microphone, onRefused }: PulseGateOptions): Gate {
  const waiting: Buffer[] = [];
  const fromService = new FrameReader(() => true);
  /** An answer between two frames of the service, where the program expects it. */
  const answers = (): Buffer[] => (fromService.isBetweenFrames ? waiting.splice(0) : []);
  const down = frameTransform((chunk) => {
    const passed = fromService.read(chunk);
    return [...passed, ...answers()];
  });
  const fromProgram = new FrameReader((frame) => {
    const verdict = judge(frame, { microphone });
    if (verdict.kind === 'pass') return true;
    onRefused(verdict.what);
    if (waiting.push(verdict.answer) > maxWaiting || down.readableLength > maxUnread) {
      throw new MalformedFrameError('too many refused commands');
    }
    return false;
  });
  const up = frameTransform((chunk) => {
    const passed = fromProgram.read(chunk);
    for (const answer of answers()) down.push(answer);
    return passed;
  });
  return { up, down };
}

function frameTransform(read: (chunk: Buffer) => Buffer[]): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        const parts = read(chunk);
        const [only] = parts;
        if (only === undefined) done();
        else done(null, parts.length === 1 ? only : Buffer.concat(parts));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
