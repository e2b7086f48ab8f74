import script from './other-sessions.sh?raw';
import { SessionError } from './session-error.js';
import type { Connection } from './ssh-connection.js';

/** ms for the whole of it: a slow server, and three seconds for sessions that do not end when they are told to. */
const patienceMs = 15_000;

/** @returns how many other logins over ssh the user has on the server. @throws {SessionError} */
export function findOtherSessions(connection: Connection): Promise<number> {
  return run(connection, 'find');
}

/** Ends them. @throws {SessionError} */
export async function endOtherSessions(connection: Connection): Promise<void> {
  await run(connection, 'end');
}

async function run(connection: Connection, action: 'find' | 'end'): Promise<number> {
  const { channel, ended } = await connection.run(`exec /bin/sh -s ${action}`);
  let output = '';
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => {
    // A number is all that is wanted.
    output = (output + text).slice(0, 100);
  });
  channel.stderr.resume();
  channel.end(script);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SessionError('timeout', 'looking for other sessions')), patienceMs);
  });
  try {
    await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
  const [, count] = /^(\d{1,6})$/m.exec(output) ?? [];
  // Whose login shell says something of its own says it first.
  return Number(count ?? 0);
}
