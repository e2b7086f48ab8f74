/** What the greeter's process needs before it can open its window: the looks, and the display. */
import { writeSync } from 'node:fs';
import { earlyPipes } from '../greeter/processes/early-pipes.js';
import type { Looks } from '../protocol/greeter-messages.js';
import { findHooks } from '../session/hooks/files.js';
import { readSettings, type Settings } from '../settings/settings.js';
import { variablesReader } from '../settings/variables.js';
import { expectsDisplay, receiveDisplay } from './seat-display.js';

/** What the greeter has been told by an earlier bundle of the same process. */
interface Told {
  looks?: true;
  /** The display of the seat; false where none came. */
  display?: boolean;
}
const shared = globalThis as {
  ldmHasTold?: Told;
  ldmHasHeard?: { messages: unknown[]; listener: (message: unknown) => void };
};

export function whatIsTold(): Readonly<Told> {
  return shared.ldmHasTold ?? {};
}

/** What the greeter has told so far. From now on, somebody else must listen. */
export function takeMessages(): readonly unknown[] {
  const { messages = [], listener } = shared.ldmHasHeard ?? {};
  if (listener) process.off('message', listener);
  return messages;
}

/** The Looks as JSON. */
export function looksOf(settings: Settings): string {
  return JSON.stringify({
    theme: settings.theme,
    contrast: settings.highContrast ? 'high' : 'normal',
    textSize: settings.largerText ? 'larger' : 'normal',
  } satisfies Looks);
}

/**
 * Tells a greeter that was started beside `ldm` its looks and, on a seat, the display. Hooks come before it opens the
 * display, because they may set the screen up: `ldm` runs them and tells the rest. It also reports settings that cannot be read.
 * @param argv the arguments after the program's name
 */
export function tellFirst(argv: readonly string[], environment: NodeJS.ProcessEnv): void {
  const pipes = earlyPipes(environment);
  if (pipes === undefined) return;
  const told: Told = {};
  shared.ldmHasTold = told;
  // Node would lose them if the greeter ended before somebody listens.
  const messages: unknown[] = [];
  const listener = (message: unknown): void => void messages.push(message);
  process.on('message', listener);
  shared.ldmHasHeard = { messages, listener };
  try {
    // A copy, from which secrets are removed here.
    const { values, ...given } = variablesReader(configFileOf(argv), { ...environment })();
    const settings = readSettings(values, given);
    const hasHooks = findHooks('I', settings.hookFolders).length > 0;
    const onSeat = expectsDisplay(environment);
    if (hasHooks && !onSeat) return;
    writeSync(pipes.typed, `${looksOf(settings)}\n`);
    told.looks = true;
    if (!onSeat || hasHooks) return;
    told.display = receiveDisplay(environment) === true;
    if (told.display) writeSync(pipes.typed, `${environment.DISPLAY}\n`);
  } catch {
    // See above.
  }
}

function configFileOf(argv: readonly string[]): string | undefined {
  let file: string | undefined;
  argv.forEach((word, at) => {
    if (argv[at - 1] === '--config') file = word;
    else if (word.startsWith('--config=')) file = word.slice('--config='.length);
  });
  return file;
}
