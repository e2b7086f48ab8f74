import { expect, it } from 'vitest';
import { AssistiveTools } from '../../../src/greeter/client/assistive-tools.js';
import { createLog } from '../../../src/shared/log/log.js';

const quiet = createLog(0, () => {});

/** Resolves at the next change. */
function change(aids: AssistiveTools): Promise<void> {
  return new Promise((resolve) => aids.onChange(resolve));
}

it('offers the aids that the administrator has named, and no others', () => {
  expect(new AssistiveTools({ 'screen-reader': ['orca'], 'on-screen-keyboard': undefined }, quiet).states()).toEqual([
    { aid: 'screen-reader', running: false },
  ]);
});

it('starts a program once, tells when it runs, and ends it with all that it started', async () => {
  const aids = new AssistiveTools(
    { 'screen-reader': ['sh', '-c', 'sleep 60; true'], 'on-screen-keyboard': undefined },
    quiet,
  );
  aids.start('screen-reader');
  aids.start('screen-reader');
  expect(aids.states()).toEqual([{ aid: 'screen-reader', running: true }]);
  const ended = change(aids);
  aids.stopAll();
  await ended;
  expect(aids.states()).toEqual([{ aid: 'screen-reader', running: false }]);
});

it('shows one that ends by itself, or cannot be started, as not running', async () => {
  const lines: string[] = [];
  const commands = { 'screen-reader': ['true'], 'on-screen-keyboard': ['/no/such/program'] };
  const aids = new AssistiveTools(
    commands,
    createLog(6, (line) => void lines.push(line)),
  );
  aids.start('screen-reader');
  await change(aids);
  aids.start('on-screen-keyboard');
  await change(aids);
  expect(aids.states().some(({ running }) => running)).toBe(false);
  expect(lines.join()).toContain('assistive-tool-failed');
});
