import type { Session } from '../../session/running-session.js';
import type { CommandEnd } from '../../session/ssh/connection.js';

/** A desktop that shows no window for this long, in ms, counts as shown: it may draw only on the root window. */
const maxStartMs = 60_000;
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
 */
export async function watchSession(
  session: Session,
  shown: () => void,
): Promise<Pick<EndedSession, 'end' | 'errors' | 'earlySeconds'>> {
  let errorText = '';
  session.channel.resume();
  session.channel.stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('utf8')).slice(-maxErrorText);
  });
  const timer = setTimeout(shown, maxStartMs);
  void session.desktopShown.then(shown);
  const end = await session.ended;
  clearTimeout(timer);
  const early = session.earlyEnd();
  const errors = [errorText, early?.errors ?? ''].map((text) => text.trim()).filter((text) => text !== '');
  return { end, errors: errors.join('\n'), earlySeconds: early?.seconds };
}
