import script from './other-sessions.sh?raw';
import type { Connection } from './ssh/connection.js';

/**
 * @returns the number of other logins over ssh that the user has on the server; undefined where its ssh server does not
 * let them be told apart
 * @throws {SessionError}
 */
export function findOtherSessions(connection: Connection): Promise<number | undefined> {
  return run(connection, 'find');
}

/** Ends them. @throws {SessionError} */
export async function endOtherSessions(connection: Connection): Promise<void> {
  await run(connection, 'end');
}

/** This may take a while: PAM opens a session for it first. */
async function run(connection: Connection, action: 'find' | 'end'): Promise<number | undefined> {
  const { channel, ended } = await connection.run(`exec /bin/sh -s ${action}`);
  let output = '';
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => {
    // Only a number is expected.
    output = (output + text).slice(0, 100);
  });
  channel.stderr.resume();
  channel.end(script);
  await ended;
  // The login shell may print something before it.
  const [, count] = /^(\d{1,6})$/m.exec(output) ?? [];
  return count === undefined ? undefined : Number(count);
}
