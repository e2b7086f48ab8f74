import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ownOrder } from '../support/statuses.js';
import { ada, type Cluster } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import type { Running } from './support/run.js';
import { ldmOnTerminal } from './support/terminal.js';
import { useCluster } from './support/use-cluster.js';

const names = ['s1', 's2', 's3'];
const [first = '', second = ''] = ownOrder(ada.name, names);

requireOrSkip(missingForCluster, 'One session a user, under affinity', () => {
  const cluster = useCluster({ servers: names.map((name) => ({ name })) });
  // However slow this machine is.
  const patient = { LDM_PROBE_TIMEOUT: '30', LDM_CONNECT_TIMEOUT: '60' };
  const env = { LDM_BALANCE: 'affinity', LDM_LIMIT_ONE_SESSION: 'y', ...patient };

  async function sessionOn(server: string, ours: Cluster = cluster()): Promise<Running> {
    const running = ours.startLogin(ada, ['echo begun; sleep 60'], { args: ['--no-x11', '--server', server] });
    await expect.poll(() => running.stdout(), { timeout: 30_000 }).toBe('begun\n');
    return running;
  }

  /** A login that is asked about the session on the second server, and what it answers. */
  async function answer(...words: readonly (readonly [question: RegExp, answer: string])[]) {
    const environment = { ...cluster().environment, ...env, LDM_LIMIT_ONE_SESSION_PROMPT: 'y' };
    const args = ['login', '--user', ada.name, '--no-x11', '--', 'hostname'];
    const terminal = ldmOnTerminal(cluster().client, args, environment);
    await terminal.reads(/Password of ada: /);
    terminal.types(ada.password);
    for (const [question, word] of words) {
      await terminal.reads(question);
      terminal.types(word);
    }
    return terminal.ended;
  }
  const elsewhere = new RegExp(`You are logged in on ${second} already\\.\\nType 1 to log in there, 2 to end`);

  it("ends the one on the user's other own server, and leaves that of a third server alone", async () => {
    const [other, far] = [
      await sessionOn(second),
      await sessionOn(names.find((name) => ![first, second].includes(name)) ?? ''),
    ];
    const { code, stdout } = await cluster().login(ada, ['hostname'], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${first}\n` });
    expect((await other.done).code).toBe(74);
    expect(far.stdout()).toBe('begun\n');
    far.signal('SIGTERM');
    await far.done;
  });

  it('goes there, ends it, or logs nobody in, as the user answers', async () => {
    const other = await sessionOn(second);
    const refused = await answer([elsewhere, '3']);
    expect(refused.code).toBe(77);
    expect(refused.shown).toContain('You were not logged in. Your other session goes on.');
    const gone = await answer([elsewhere, '1'], [/End the other session and log in here/, 'yes']);
    expect(gone.code, gone.shown).toBe(0);
    expect(gone.shown).toContain(`${second}\n`);
    expect((await other.done).code).toBe(74);
    const another = await sessionOn(second);
    const ended = await answer([elsewhere, '2']);
    expect(ended.shown).toContain(`${first}\n`);
    expect((await another.done).code).toBe(74);
  });

  it('does not wait for an own server that is silent, and sends no password there when it is wrong', async () => {
    await cluster().server(second).freezeSshd();
    const impatient = { ...env, LDM_PROBE_TIMEOUT: '1' };
    const { code, stdout } = await cluster().login(ada, ['hostname'], { env: impatient });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${first}\n` });
    await cluster().reset();
    const wrong = await cluster().login({ ...ada, password: 'wrong' }, ['hostname'], { env });
    expect(wrong.code).toBe(77);
    expect((await cluster().server(second).accountLog()).credentials).toEqual([]);
  });
});
