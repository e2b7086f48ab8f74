import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn } from '../../../src/login/login.js';
import { Secret } from '../../../src/shared/secret.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';

/** LDM_TEST_LOGINS=10000 is what the documentation speaks of. */
const logins = Number(process.env.LDM_TEST_LOGINS ?? 300);
const atOnce = 4;
/** Of the logins, until heaps have grown to where they stay. */
const warmUp = 0.3;

/** An SSH server that takes every second password, in a process of its own: its memory must not count. */
const serverProgram = `
const { Server, utils } = require('ssh2');
const key = utils.generateKeyPairSync('ecdsa', { bits: 256 });
const server = new Server({ hostKeys: [key.private] }, (connection) => {
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    if (context.method === 'password' && context.password === 'right') context.accept();
    else context.reject(['password']);
  });
  connection.on('session', (accept) => accept().on('exec', (start) => {
    const channel = start();
    channel.exit(0);
    channel.end();
  }));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port, key.public));
process.stdin.resume().on('end', () => process.exit());
`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What this process holds when everything that can be collected was. */
async function held(): Promise<{ megabytes: number; handles: number }> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { megabytes: (heapUsed + external) / 2 ** 20, handles: process.getActiveResourcesInfo().length };
}

describe(`${logins} logins of one process`, () => {
  const server = spawn(process.execPath, ['--eval', serverProgram], { stdio: ['pipe', 'pipe', 'inherit'] });
  let port = '';
  let key = '';
  beforeAll(async () => {
    const [said] = await once(server.stdout, 'data');
    [port = '', key = ''] = String(said).trim().split(/ (.*)/);
  });
  afterAll(() => server.stdin.end());

  it('leave no memory and no handle behind, whether taken or refused', { timeout: 900_000 }, async () => {
    const dependencies = loginDependenciesFor({ LDM_SERVER: `127.0.0.1:${port}` }, [`[127.0.0.1]:${port} ${key}`]);
    const login = async (word: string): Promise<string> => {
      const password = new Secret(word);
      const outcome = await logIn(
        { user: 'ann', password, choice: { mode: 'automatic' }, command: { line: 'true', input: undefined } },
        dependencies,
        { tell: () => {}, ask: async () => new Secret(word), mayGoOn: async () => false },
        new AbortController().signal,
      );
      password.wipe();
      if (outcome.kind === 'started') {
        outcome.session.channel.resume();
        await outcome.session.ended;
      }
      return outcome.kind;
    };
    let before = await held();
    let isWarm = false;
    for (let done = 0; done < logins; done += atOnce) {
      if (!isWarm && done >= logins * warmUp) {
        before = await held();
        isWarm = true;
      }
      const words = Array.from({ length: atOnce }, (_, i) => (i % 2 === 0 ? 'right' : 'wrong'));
      expect(await Promise.all(words.map(login))).toEqual(
        words.map((word) => (word === 'right' ? 'started' : 'wrong-credentials')),
      );
    }
    const after = await held();
    console.info(
      `${logins} logins: ${before.megabytes.toFixed(1)} MB after warm-up, ${after.megabytes.toFixed(1)} MB at the end`,
    );
    // Compiled code and caches come and go by a few MB; what one login holds is some 50 kB, of 210 of them 10 MB.
    expect(after.megabytes - before.megabytes).toBeLessThan(7);
    expect(after.handles).toBeLessThanOrEqual(before.handles + atOnce);
  });
});
