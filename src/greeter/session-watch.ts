import type { Session } from '../session/running-session.js';
import type { CommandEnd } from '../session/ssh/connection.js';
import { t } from '../shared/i18n.js';

/** A desktop that is not there after this long, in ms, is shown all the same: it may draw on the root window alone. */
const longestStartMs = 60_000;
/** Of what a session says on its standard error, the end is kept for the user, in characters. */
const keptErrorText = 2_000;

export interface WatchedEnd {
  readonly end: CommandEnd;
  /** What the user may read of it. */
  readonly detail: string;
  /** After how many seconds, where it ended too soon for anybody to have meant it. */
  readonly earlySeconds: number | undefined;
}

/**
 * Looks after a session to its end.
 * @param shown called when the desktop is on the screen, or should be
 */
export async function watchSession(session: Session, shown: () => void): Promise<WatchedEnd> {
  let errorText = '';
  session.channel.resume();
  session.channel.stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('utf8')).slice(-keptErrorText);
  });
  const timer = setTimeout(shown, longestStartMs);
  void session.desktopShown.then(shown);
  const end = await session.ended;
  clearTimeout(timer);
  const early = session.earlyEnd();
  const said = [errorText, early?.errors ?? ''].map((text) => text.trim()).filter((text) => text !== '');
  return { end, detail: said.join('\n') || describeEnd(end), earlySeconds: early?.seconds };
}

function describeEnd(end: CommandEnd): string {
  switch (end.kind) {
    case 'exit':
      return t('Its exit code was {code}.', { code: end.code });
    case 'signal':
      return t('It was ended by {signal}.', { signal: end.signal });
    case 'lost':
      return t('The connection was lost.');
  }
}
