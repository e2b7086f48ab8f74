import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseFromGreeter } from '../../src/greeter/messages.js';
import { find, look } from './support/accessibility.js';
import { askUser, bundle } from './support/greeter.js';
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

  it('says why, and ends with 70, when it cannot work', async () => {
    const child = fork(bundle, [], { env: { PATH: process.env.PATH, DISPLAY: ':nowhere' }, silent: true });
    const [message] = await once(child, 'message');
    expect(parseFromGreeter(message)).toMatchObject({ type: 'broken', text: expect.stringContaining(':nowhere') });
    expect((await once(child, 'exit'))[0]).toBe(70);
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
    await pause(500);
    const before = ticksOf(greeter.pid);
    await pause(2_000);
    // A tick is 10 ms of processor time.
    expect(ticksOf(greeter.pid) - before).toBeLessThan(10);
  });
});

/** Processor time used so far, in clock ticks. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
