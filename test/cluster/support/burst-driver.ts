/**
 * Many thin clients in one process: each login is the product's own, from the list to the running command, with a
 * fleet and a memory of its own. A process each would measure Node's start on this machine, not the choice.
 * Arguments: password, folder for the clients' memories, then for each client USER:MS, who logs in after how many ms.
 * One line of JSON for each on standard output; every session stays until this process ends.
 *
 * LDM_TEST_AT_ONCE=N: no more than N log in at one time, however slow this machine is, and each client has heard all
 * servers to the last one before, as a greeter has since its start.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contextOf, loginDependencies } from '../../../src/commands/common/context.js';
import { logIn } from '../../../src/login/login.js';
import { readSettings } from '../../../src/settings/settings.js';
import { Secret } from '../../../src/shared/secret.js';

const atOnce = Number(process.env.LDM_TEST_AT_ONCE ?? Number.POSITIVE_INFINITY);
const [password = '', folder = '', ...arrivals] = process.argv.slice(2);

async function client(number: number, arrival: string): Promise<void> {
  const [user = '', afterMs] = arrival.split(':');
  await sleep(Number(afterMs));
  const began = performance.now();
  const context = contextOf(readSettings({ ...process.env, LDM_STATE_DIR: join(folder, String(number)) }));
  const dependencies = loginDependencies(context, undefined);
  if (Number.isFinite(atOnce)) await (await dependencies.monitor.askAll()).complete;
  const outcome = await logIn(
    {
      user,
      password: new Secret(password),
      choice: { mode: 'automatic' },
      command: { line: 'exec sleep 600', input: undefined },
    },
    dependencies,
    {
      tell: () => {},
      ask: () => Promise.reject(new Error('nothing more is to be asked')),
      mayGoOn: async () => true,
    },
    new AbortController().signal,
  );
  const server = outcome.kind === 'started' ? outcome.server : null;
  process.stdout.write(`${JSON.stringify({ user, server, ms: Math.round(performance.now() - began) })}\n`);
}

const waiting = arrivals.map((arrival, number) => () => client(number, arrival));
const takeTurns = async (): Promise<void> => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
};
await Promise.all(Array.from({ length: Math.min(atOnce, arrivals.length) }, takeTurns));
