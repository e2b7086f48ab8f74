/**
 * The greeter's process, started before `ldm` has loaded itself and read the settings. It loads GTK meanwhile, and waits
 * for its looks before it opens the display. Where `ldm` itself waits for the display, that comes after the looks.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { forkGreeter, sendLine } from '../greeter/processes/fork-greeter.js';
import { looksFollow } from '../protocol/answer-fd.js';
import { asksForGreeter } from './asked-command.js';
import { addonFolder } from './common/compiled-for.js';
import { expectsDisplay } from './seat-display.js';

/** What two bundles of the same process share. */
const shared = globalThis as { ldmEarlyGreeter?: ChildProcess | undefined };

/**
 * Starts nothing where the greeter would fail or is not wanted: the command reports why.
 * @param bundle the greeter's program
 * @param argv the arguments after the program's name
 */
export function startEarlyGreeter(bundle: string, argv: readonly string[], environment: NodeJS.ProcessEnv): void {
  if (!asksForGreeter(argv) || !expectsDisplay(environment)) return;
  if (existsSync(bundle) && existsSync(addonFolder(bundle))) shared.ldmEarlyGreeter = forkGreeter(bundle, looksFollow);
}

/** Tells the process its line: the looks, as JSON of greeter-messages.ts, and then the display, where it does not have it. */
export function tellEarlyGreeter(line: string): void {
  if (shared.ldmEarlyGreeter) sendLine(shared.ldmEarlyGreeter, line);
}

/** The process that was started early, the first time. */
export function takeEarlyGreeter(): ChildProcess | undefined {
  const child = shared.ldmEarlyGreeter;
  shared.ldmEarlyGreeter = undefined;
  return child;
}
