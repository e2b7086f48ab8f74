import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../../shared/log/log.js';
import { LogLimiter } from '../../shared/log/log-limit.js';
import type { Device } from './device.js';
import { connectLocally } from './local-socket.js';
import { OwnPulseAudio } from './own-pulseaudio.js';
import { pulseGate } from './pulse-gate.js';

/** Maximum number of refused commands in the log per minute. */
const refusalLimit = { events: 5, withinMs: 60_000 };

export interface SoundOptions {
  readonly microphone: boolean;
  /** Sockets of a PulseAudio or PipeWire that may run on this client already, in the order of preference. */
  readonly services: readonly string[];
  /** For the folder of a PulseAudio of the session; undefined where none is to be started. */
  readonly parent: string | undefined;
  readonly log: Log;
}

/** The sound of a session, which comes out of this client. */
export function soundDevice({ microphone, services, parent, log }: SoundOptions): Device {
  const own = parent === undefined ? undefined : new OwnPulseAudio(parent);
  const refusals = new LogLimiter(
    refusalLimit,
    () => performance.now(),
    (count) => log.info('sound-refusals-omitted', { count }),
  );
  const running = async (): Promise<Socket> => {
    let last: unknown = new Error('no sound service runs');
    for (const service of services) {
      try {
        return await connectLocally({ path: service });
      } catch (error) {
        last = error;
      }
    }
    throw last;
  };
  return {
    name: 'sound',
    environment: (socket) => ({ PULSE_SERVER: `unix:${socket}`, LTSP_ALSA_DEFAULT: 'pulse' }),
    async connect() {
      if (own?.isRunning) return own.connect();
      try {
        return await running();
      } catch (error) {
        if (own === undefined) throw error;
        return own.connect();
      }
    },
    gate: () => pulseGate({ microphone, onRefused: (what) => refusals.log(() => log.info('sound-refused', { what })) }),
    close() {
      refusals.flush();
      own?.close();
    },
  };
}

/** Where a sound service of this client listens: of this user, or of the whole machine (`pulseaudio --system`). */
export function usualServices(runtimeDir: string | undefined): string[] {
  return [...(runtimeDir?.startsWith('/') ? [join(runtimeDir, 'pulse/native')] : []), '/run/pulse/native'];
}
