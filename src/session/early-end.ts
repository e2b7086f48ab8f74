import { orAfter } from '../shared/abort.js';
import script from './early-end.sh?raw';
import type { Connection } from './ssh/connection.js';

/** A session that ends within this time, in ms, after its start or after its desktop was shown needs an explanation. */
const earlyEndMs = 10_000;
/** The same for a session whose desktop was never shown. */
const maxStartMs = 90_000;
/** Maximum time, in ms, that the user waits for the explanation. */
const patienceMs = 3_000;
const maxCharacters = 4_000;

/**
 * Whether the user needs to be told why a session ended. Times are of a monotonic clock, in ms.
 * @param shown when its desktop was shown; `unseen` where it was not shown yet, undefined where nothing watched for it
 */
export function isEarlyEnd(began: number, ended: number, shown: number | 'unseen' | undefined): boolean {
  if (shown === 'unseen') return ended - began < maxStartMs;
  return ended - (shown ?? began) < earlyEndMs;
}

/** Xsession sends the output of a desktop's programs to ~/.xsession-errors. @returns its last lines; may be empty */
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
