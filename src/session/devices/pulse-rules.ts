import { commandFrame, type Frame, MalformedFrameError, numberAt, setNumberAt } from './pulse-frames.js';

/** Numbers of PulseAudio's commands and errors (pulsecore/native-common.h, pulse/def.h). */
const command = {
  error: 0,
  createRecordStream: 5,
  exit: 7,
  auth: 8,
  loadModule: 51,
  /** The last of the four that manage modules which are loaded if necessary; obsolete. */
  lastAutoload: 56,
  registerMemory: 103,
} as const;
const error = { access: 1, notSupported: 19 } as const;

/** In the version that both sides tell, these bits offer shared memory. */
const versionMask = 0x0000_ffff;
/** Flags of frames that stand for shared memory. The other flags say where in a stream the data belongs. */
const memoryFlags = 0xffff_ff00;

export type Verdict =
  | { readonly kind: 'pass' }
  /** It is kept from the service, and the program gets this answer. */
  | { readonly kind: 'refused'; readonly what: 'recording' | 'command'; readonly answer: Buffer };

const pass: Verdict = { kind: 'pass' };

/**
 * What a program of a session may say to the sound service of the client: play, and look after what plays. It must not
 * record without leave. It must not end the service or load modules into it, which could open files and ports of the
 * client, nor send commands that are not known here. Shared memory ends at the machine, though both ends of the
 * connection take each other for local; so its offer is taken out of the greeting.
 * @throws {MalformedFrameError} for what no program says that follows this
 */
export function judge({ head, isCommand }: Frame, allowed: { readonly microphone: boolean }): Verdict {
  if ((head.readUInt32BE(16) & memoryFlags) !== 0) throw new MalformedFrameError('shared memory');
  if (!isCommand) return pass;
  const number = numberAt(head, 0);
  const tag = numberAt(head, 1);
  switch (number) {
    case command.auth:
      setNumberAt(head, 2, numberAt(head, 2) & versionMask);
      return pass;
    case command.createRecordStream:
      return allowed.microphone ? pass : refused('recording', tag, error.access);
    case command.exit:
      return refused('command', tag, error.access);
  }
  if (number >= command.loadModule && number <= command.lastAutoload) return refused('command', tag, error.access);
  return number < command.registerMemory ? pass : refused('command', tag, error.notSupported);
}

function refused(what: 'recording' | 'command', tag: number, code: number): Verdict {
  return { kind: 'refused', what, answer: commandFrame(command.error, tag, code) };
}
