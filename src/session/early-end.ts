import { orAfter } from '../shared/abort.js';
import script from './early-end.sh?raw';
import type { Connection } from './ssh/connection.js';

/** A session that ends sooner than this, in ms, after it began or its desktop was shown needs an explanation. */
const earlyEndMs = 10_000;
/** One whose desktop never came needs it for so many ms. */
const maxStartMs = 90_000;
/** ms that the user waits for the explanation at most. */
const patienceMs = 3_000;
const maxCharacters = 4_000;

/**
 * Whether the user has to be told why a session ended. Times are of a monotonic clock, in ms.
 * @param shown when its desktop was on the screen; `unseen` where it was not yet, undefined where nobody looked
 */
export function isEarlyEnd(began: number, ended: number, shown: number | 'unseen' | undefined): boolean {
  if (shown === 'unseen') return ended - began < maxStartMs;
  return ended - (shown ?? began) < earlyEndMs;
}

/** Xsession sends what the programs of a desktop say to ~/.xsession-errors. @returns its last lines, or nothing */
export async function lastErrors(connection: Connection): Promise<string> {
  const read = async (): Promise<string> => {
    const { channel, ended } = await connection.run('exec /bin/sh -s');
    let output = '';
    channel.setEncoding('utf8');
    channel.on('data', (text: string) => {
      output = (output + text).slice(-maxCharacters);
    });
    channel.stderr.resume();
    channel.end(script);
    await ended;
    return output.trim();
  };
  // A connection that is lost has another explanation.
  return orAfter(
    read().catch(() => ''),
    patienceMs,
    () => '',
  );
}
