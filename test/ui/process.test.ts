import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stdioWithAnswers } from '../../src/greeter/processes/answer-pipe.js';
import { sendLine } from '../../src/greeter/processes/fork-greeter.js';
import { answerFd, looksFollow } from '../../src/protocol/answer-fd.js';
import { defaultLooks, parseFromGreeter } from '../../src/protocol/greeter-messages.js';
import { find, look } from './support/accessibility.js';
import { askUser, bundle, checkout } from './support/greeter.js';
import { onStage } from './support/stage.js';
import { pause, waitFor } from './support/wait.js';

onStage('the greeter process', (stage) => {
  it('ends when ldm is gone', async () => {
    stage.greeter.disconnect();
    expect(await waitFor('the end', () => stage.greeter.ended !== undefined && String(stage.greeter.ended))).toBe('0');
  });

  it('ends when it is told', async () => {
    stage.greeter.send({ type: 'quit' });
    expect(await waitFor('the end', () => stage.greeter.ended !== undefined && String(stage.greeter.ended))).toBe('0');
  });

  it('ends on SIGTERM', async () => {
    stage.greeter.signal('SIGTERM');
    expect(await waitFor('the end', () => stage.greeter.ended !== undefined && String(stage.greeter.ended))).toBe('0');
  });

  it('ignores what is no message', async () => {
    const { greeter, root } = stage;
    greeter.sendRaw({ type: 'view', view: { question: 'Username' } });
    greeter.sendRaw({ type: 'format-disk' });
    greeter.sendRaw([1, 2, 3]);
    greeter.show({ question: askUser });
    await find(root, 'text', 'Username');
    expect(greeter.said()).toEqual([]);
    expect(greeter.ended).toBeUndefined();
  });

  /** The last message of a greeter that ends by itself, with 70. */
  async function lastWordOf(program: string, env: Readonly<Record<string, string>>): Promise<unknown> {
    const child = fork(program, [], { env: { ...stage.desktop.env, ...env }, silent: true });
    const said: unknown[] = [];
    child.on('message', (message) => said.push(parseFromGreeter(message)));
    expect((await once(child, 'close'))[0]).toBe(70);
    return said.at(-1);
  }

  it('says so, and ends with 70, when there is no display', async () => {
    expect(await lastWordOf(bundle, { DISPLAY: ':nowhere' })).toEqual({ type: 'no-display' });
  });

  /** A greeter that was started before its looks are known, without a display. */
  function early(env: NodeJS.ProcessEnv = { DISPLAY: ':nowhere' }) {
    const child = fork(bundle, [looksFollow], {
      env: { ...stage.desktop.env, ...env },
      stdio: [...stdioWithAnswers],
    });
    const said: unknown[] = [];
    child.on('message', (message) => said.push(parseFromGreeter(message)));
    return { child, said };
  }

  it('opens the display only when it has its looks', async () => {
    const { child, said } = early();
    await pause(1_000);
    expect([said, child.exitCode]).toEqual([[], null]);
    sendLine(child, JSON.stringify(defaultLooks));
    expect(await once(child, 'close')).toEqual([70, null]);
    expect(said).toEqual([{ type: 'no-display' }]);
  });

  it('waits for its display too where it has none', async () => {
    const { child, said } = early({ DISPLAY: undefined });
    sendLine(child, JSON.stringify(defaultLooks));
    await pause(1_000);
    expect([said, child.exitCode]).toEqual([[], null]);
    sendLine(child, ':nowhere');
    expect(await once(child, 'close')).toEqual([70, null]);
    expect(said).toEqual([{ type: 'no-display' }]);
  });

  it('ends when ldm ends before it has sent the looks', async () => {
    const { child, said } = early();
    child.stdio[answerFd]?.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said).toEqual([]);
  });

  it('ends on SIGTERM while it waits for its looks', async () => {
    const { child } = early();
    await pause(1_000);
    child.kill();
    expect((await once(child, 'exit'))[1]).toBe('SIGTERM');
  });

  it('says why, and ends with 70, when its files are missing', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'ldm-alone-'));
    try {
      copyFileSync(bundle, join(alone, 'greeter.cjs'));
      const modules = { NODE_PATH: join(checkout, 'node_modules') };
      expect(await lastWordOf(join(alone, 'greeter.cjs'), modules)).toMatchObject({
        type: 'crashed',
        text: expect.stringContaining('glade'),
      });
    } finally {
      rmSync(alone, { recursive: true });
    }
  });

  it('is of no use by hand, and says so', () => {
    const { status, stderr } = spawnSync(process.execPath, [bundle], { env: stage.desktop.env, encoding: 'utf8' });
    expect(status).toBe(64);
    expect(stderr).toContain('is started by ldm');
  });

  it('rests while nothing happens', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: null });
    await waitFor('the window', () => look(root, 'frame', 'Login'));
    await waitFor(
      'two seconds of rest',
      async () => {
        const before = ticksOf(greeter.pid);
        await pause(2_000);
        // A tick is 10 ms of processor time.
        return ticksOf(greeter.pid) - before < 10;
      },
      30_000,
    );
  });
});

/** Processor time used so far, in clock ticks. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
