import type { Session } from '../../session/running-session.js';
import type { CommandEnd } from '../../session/ssh/connection.js';
import type { ShownDesktop } from '../../session/x11/desktop-watch.js';

/** A desktop that shows no window for this long, in ms, counts as shown: it may draw only on the root window. */
const maxStartMs = 60_000;
/** ms until a window manager that shows no window has surely looked at ours. */
const maxSettleMs = 10_000;
/** Characters kept of a session's standard error, from its end. */
const maxErrorText = 2_000;

/** A session that has ended, with its hooks. */
export interface EndedSession {
  readonly server: string;
  readonly end: CommandEnd;
  /** What it printed on its standard error, and what its desktop logged if it ended early; often empty. */
  readonly errors: string;
  /** After how many seconds, where it ended too soon for the user to have meant it. */
  readonly earlySeconds: number | undefined;
  /** Whether this client's X server still runs. */
  readonly display: 'here' | 'gone';
}

/**
 * Follows a session to its end.
 * @param shown called when the desktop is on the screen, or should be
 * @param settled called when our windows may go; until then, they may only be hidden
 */
export async function watchSession(
  session: Session,
  shown: () => void,
  settled: () => void,
): Promise<Pick<EndedSession, 'end' | 'errors' | 'earlySeconds'>> {
  let errorText = '';
  session.channel.resume();
  session.channel.stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('utf8')).slice(-maxErrorText);
  });
  let timer: NodeJS.Timeout;
  const show = (desktop?: ShownDesktop): void => {
    clearTimeout(timer);
    shown();
    const latest = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, maxSettleMs);
    });
    void Promise.race([latest, ...(desktop ? [desktop.settled] : [])]).then(settled);
  };
  timer = setTimeout(show, maxStartMs);
  void session.desktopShown.then(show);
  const end = await session.ended;
  clearTimeout(timer);
  const early = session.earlyEnd();
  const errors = [errorText, early?.errors ?? ''].map((text) => text.trim()).filter((text) => text !== '');
  return { end, errors: errors.join('\n'), earlySeconds: early?.seconds };
}
