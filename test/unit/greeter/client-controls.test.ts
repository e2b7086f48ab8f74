import { describe, expect, it } from 'vitest';
import { runAdminProgram } from '../../../src/commands/common/admin-program.js';
import { AssistiveTools } from '../../../src/greeter/client/assistive-tools.js';
import { ClientControls, type ClientControlsDependencies } from '../../../src/greeter/client/client-controls.js';
import { Keyboard } from '../../../src/greeter/client/keyboard.js';
import { controlFailedText } from '../../../src/greeter/presenter/sentences.js';
import { createLog } from '../../../src/shared/log/log.js';

function seat(dependencies: Partial<ClientControlsDependencies>) {
  const told: string[] = [];
  const log = createLog(0, () => {});
  const names = async (): Promise<string> => '';
  const keyboard = new Keyboard(
    {},
    { log, names, run: async () => '', group: { read: async () => 0, lock: async () => {}, watch: () => () => {} } },
  );
  const aids = new AssistiveTools({ 'screen-reader': undefined, 'on-screen-keyboard': undefined }, log);
  const made = new ClientControls(
    { log, keyboard, aids, menu: [], power: undefined, ...dependencies },
    { send: () => {}, failed: (failure) => told.push(controlFailedText(failure)) },
  );
  return { seat: made, told };
}

describe('the place in front of the screen', () => {
  const power = (command: readonly string[]) => ({
    restart: () => runAdminProgram(command),
    'shut-down': () => runAdminProgram(command),
  });

  it('tells the user what a restart that failed had to say', async () => {
    const { seat: one, told } = seat({ power: power(['sh', '-c', 'echo "Access denied" >&2; exit 1']) });
    expect(one.take({ type: 'power', action: 'restart' })).toBe(true);
    await expect.poll(() => told).toEqual(['The restart failed. Access denied']);
  });

  it.each([
    [['/no/such/program'], /ENOENT/],
    [['sh', '-c', 'exit 3'], /exit code 3/],
    [['sh', '-c', 'kill -9 $$'], /SIGKILL/],
  ])('says how %j failed', async (command, problem) => {
    const { seat: one, told } = seat({ power: power(command) });
    one.take({ type: 'power', action: 'shut-down' });
    await expect.poll(() => told).toEqual([expect.stringMatching(problem)]);
    expect(told[0]).toMatch(/^Shutting down failed\. /);
  });

  it('says nothing where it went well', async () => {
    expect(await runAdminProgram(['true'])).toBeUndefined();
  });

  it('restarts nothing where that is forbidden, whatever the windows say', async () => {
    const { seat: one, told } = seat({ power: undefined });
    expect(one.take({ type: 'power', action: 'restart' })).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toEqual([]);
  });

  it('starts the entry of the menu that was picked, and no other', async () => {
    const ran: string[] = [];
    const entry = (label: string) => ({
      label,
      run: async () => {
        ran.push(label);
        return label === '_Bad' ? 'no such printer' : undefined;
      },
    });
    const { seat: one, told } = seat({ menu: [entry('Good'), entry('_Bad')] });
    one.take({ type: 'menu', entry: 1 });
    one.take({ type: 'menu', entry: 7 });
    await expect.poll(() => told).toEqual(['Bad failed. no such printer']);
    expect(ran).toEqual(['_Bad']);
  });
});
