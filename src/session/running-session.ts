import { isEarlyEnd, lastErrors } from './early-end.js';
import type { RemoteCommand } from './remote-command.js';
import type { Connection, RunningCommand } from './ssh/connection.js';
import type { SilenceListener } from './ssh/server-watch.js';
import type { ShownDesktop } from './x11/desktop-watch.js';
import type { X11Forwarding } from './x11/forwarding.js';

/** A session that runs. Its `ended` resolves when the hooks of its end have run too. */
export interface Session extends RunningCommand {
  /** Resolves when its desktop is on the screen; never where nothing watches for it. */
  readonly desktopShown: Promise<ShownDesktop>;
  /**
   * After the end: the last errors of a desktop that ended within seconds of its start; undefined where it lasted, or
   * was lost.
   */
  earlyEnd(): EarlyEnd | undefined;
  /** From now on this listener, in place of the last one, hears whether the server answers. */
  onSilence(listener: SilenceListener): void;
  /** Ends every forwarded X11 client at once, and the connection as soon as the hooks of the end have run. */
  close(): void;
  /** Ends the session on a server that does not answer, with the hooks of the end. */
  abandon(): void;
}

export interface EarlyEnd {
  readonly seconds: number;
  /** The last lines of ~/.xsession-errors; often empty. */
  readonly errors: string;
}

/** A command that runs, and what belongs to it. */
export interface StartedCommand {
  readonly connection: Connection;
  readonly x11: X11Forwarding | undefined;
  readonly command: RemoteCommand;
  readonly running: RunningCommand;
}

/**
 * A desktop that has ended may leave programs behind that hold its output open, and sshd would wait for them. After so
 * many ms the session is over anyway.
 */
const leftBehindMs = 1_000;

/**
 * Follows a session from its start to its end.
 * @param close runs the hooks of the end, then closes the connection; may be called more than once
 */
export function runningSession(
  { connection, x11, command, running }: StartedCommand,
  sessionTimeoutMs: number,
  close: () => Promise<void>,
): Session {
  let listener: SilenceListener | undefined;
  connection.watch(sessionTimeoutMs, {
    silent: (ms) => {
      x11?.serverAnswers(false);
      listener?.silent(ms);
    },
    answers: () => {
      x11?.serverAnswers(true);
      listener?.answers();
    },
  });
  const began = performance.now();
  let shownAt: number | 'unseen' | undefined = x11?.desktopShown && 'unseen';
  const desktopShown = x11?.desktopShown ?? new Promise<ShownDesktop>(() => {});
  void desktopShown.then(() => {
    shownAt = performance.now();
  });
  let early: EarlyEnd | undefined;
  let finishing: Promise<void> | undefined;
  const explain = async (): Promise<void> => {
    const now = performance.now();
    // The output of a single command has been passed through.
    if (command.input === undefined || !isEarlyEnd(began, now, shownAt)) return;
    early = { seconds: Math.round((now - began) / 1_000), errors: await lastErrors(connection) };
  };
  const finish = (): Promise<void> => {
    finishing ??= explain().then(close);
    return finishing;
  };
  if (command.input !== undefined) {
    running.channel.end(command.input);
    void running.exited.then(() => setTimeout(() => void finish(), leftBehindMs));
  }
  const ended = running.ended.then(async (end) => {
    await (end.kind === 'lost' ? close() : finish());
    return end;
  });
  return {
    ...running,
    ended,
    desktopShown,
    earlyEnd: () => early,
    onSilence: (next) => {
      listener = next;
    },
    close: () => void close(),
    abandon: () => connection.abandon('given-up', 'the user did not wait any longer'),
  };
}
