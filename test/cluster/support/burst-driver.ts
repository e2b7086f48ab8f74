/**
 * Many thin clients in one process: each login is the product's own, from the list to the running command, with a
 * fleet and a memory of its own. A process each would measure Node's start on this machine, not the choice.
 * Arguments: user, password, folder for the clients' memories, then for each client after how many ms it logs in. One
 * line of JSON for each on standard output; every session stays until this process ends.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contextOf, loginTools } from '../../../src/commands/context.js';
import { logIn } from '../../../src/greeter/login.js';
import { Secret } from '../../../src/settings/secret.js';
import { readSettings } from '../../../src/settings/settings.js';

const [user = '', password = '', folder = '', ...arrivals] = process.argv.slice(2);

async function client(number: number, afterMs: number): Promise<void> {
  await sleep(afterMs);
  const began = performance.now();
  const context = contextOf(readSettings({ ...process.env, LDM_STATE_DIR: join(folder, String(number)) }));
  const outcome = await logIn(
    {
      user,
      password: new Secret(password),
      choice: { mode: 'automatic' },
      command: { line: 'exec sleep 600', input: undefined },
    },
    loginTools(context, undefined),
    {
      tell: () => {},
      ask: () => Promise.reject(new Error('nothing more is to be asked')),
      mayGoOn: async () => true,
    },
    new AbortController().signal,
  );
  const server = outcome.kind === 'started' ? outcome.server : null;
  process.stdout.write(`${JSON.stringify({ server, ms: Math.round(performance.now() - began) })}\n`);
}

await Promise.all(arrivals.map((afterMs, number) => client(number, Number(afterMs))));
