import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { pause } from '../../shared/abort.js';
import { CapturedOutput } from '../../shared/programs/captured-output.js';
import { connectLocally } from './local-socket.js';

/** Maximum time, in ms, until it takes connections. Programs that use PulseAudio's library wait for 30 s. */
const startMs = 25_000;
const lookAgainMs = 50;
/** After an end, it is not started again for so many ms. */
const restMs = 5_000;

/**
 * A PulseAudio for one session, which nobody else can reach: its socket is in a folder of its own. It starts with the
 * first program that wants it, and again if it has died. It shares no memory, because its clients are on another machine,
 * and needs no D-Bus, no configuration and no home.
 */
export class OwnPulseAudio {
  readonly #parent: string;
  #folder: string | undefined;
  #child: ChildProcess | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #lastWords = '';
  readonly #closed = new AbortController();

  /** @param parent for its folder; nobody else may write there, or it is sticky */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** @throws where it does not start */
  async connect(): Promise<Socket> {
    if (!this.isRunning) this.#start();
    const socket = this.#socket;
    for (const end = performance.now() + startMs; ; ) {
      try {
        return await connectLocally({ path: socket });
      } catch (error) {
        if (!this.isRunning) throw new Error(`pulseaudio ended: ${this.#lastWords}`, { cause: error });
        if (performance.now() > end) throw new Error(`pulseaudio does not answer within ${startMs / 1_000} s`);
        await pause(lookAgainMs, this.#closed.signal);
      }
    }
  }

  /** Ends it at once; it has nothing to save. */
  close(): void {
    this.#closed.abort();
    this.#child?.kill('SIGKILL');
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  get #socket(): string {
    return join(this.#folder ?? '/nonexistent', 'native');
  }

  #start(): void {
    if (this.#closed.signal.aborted) throw new Error('the session has ended');
    if (performance.now() - this.#endedAt < restMs) throw new Error(`pulseaudio ended: ${this.#lastWords}`);
    this.#folder ??= mkdtempSync(join(this.#parent, 'ldm-sound-'));
    rmSync(this.#socket, { force: true });
    // The kernel ends it with this process, however this process ends.
    const args = ['--pdeathsig', 'KILL', 'pulseaudio', ...pulseAudioArguments(this.#socket)];
    const env = pulseAudioEnvironment(this.#folder, process.env);
    const child = spawn('setpriv', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const errors = new CapturedOutput({ maxBytes: 1_000, part: 'last' });
    errors.listenTo(child.stderr, () => {});
    const ended = (why: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#endedAt = performance.now();
      this.#lastWords = errors.text.trim().split('\n').at(-1) || why;
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) => ended(signal ?? `exit code ${code}`));
  }
}

/** Its whole configuration: the sound cards of this client, an empty one where there is none, and one private socket. */
export function pulseAudioArguments(socket: string): string[] {
  return [
    '-n',
    '--daemonize=no',
    '--use-pid-file=no',
    '--disallow-exit=yes',
    '--disallow-module-loading=yes',
    '--exit-idle-time=-1',
    '--disable-shm=yes',
    '--high-priority=no',
    '--realtime=no',
    '--log-target=stderr',
    '--log-level=error',
    '--load=module-udev-detect',
    '--load=module-always-sink',
    // Sound follows a headset that is plugged in or pulled out.
    '--load=module-switch-on-port-available',
    `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1 auth-cookie-enabled=0`,
  ];
}

export function pulseAudioEnvironment(folder: string, { PATH }: NodeJS.ProcessEnv): Record<string, string> {
  return {
    ...(PATH !== undefined && { PATH }),
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    PULSE_RUNTIME_PATH: folder,
    PULSE_STATE_PATH: folder,
  };
}
