/** Real keys, a real pointer and screenshots. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './accessibility.js';
import type { Desktop } from './desktop.js';

const run = promisify(execFile);

/** Types text; a line end is the Return key. */
export async function type(desktop: Desktop, text: string): Promise<void> {
  const actions = text
    .split(/(\n)/)
    .filter((part) => part !== '')
    .flatMap((part) => (part === '\n' ? ['key', 'Return'] : ['type', '--delay', '8', '--args', '1', part]));
  await run('xdotool', actions, { env: desktop.env });
}

/** Presses keys one after the other, each by its X name: `Return`, `Escape`, `alt+p`. */
export async function press(desktop: Desktop, ...keys: readonly string[]): Promise<void> {
  await run('xdotool', ['key', '--delay', '12', '--', ...keys], { env: desktop.env });
}

/** Clicks into the center of a place. */
export async function click(desktop: Desktop, at: Place, clicks: 'once' | 'twice' = 'once'): Promise<void> {
  const x = Math.round(at.x + at.width / 2);
  const y = Math.round(at.y + at.height / 2);
  const times = clicks === 'once' ? '1' : '2';
  const move = ['mousemove', String(x), String(y)];
  await run('xdotool', [...move, 'click', '--repeat', times, '--delay', '60', '1'], { env: desktop.env });
}

/** Saves a screenshot as PNG. */
export async function screenshot(desktop: Desktop, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await run('import', ['-window', 'root', file], { env: desktop.env });
}
