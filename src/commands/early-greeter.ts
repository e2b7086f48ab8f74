/**
 * The greeter's process, started before `ldm` has loaded itself and read the settings (bin/ldm). It loads GTK meanwhile, and
 * waits for its looks before it opens the display. Where `ldm` itself waits for the display, that comes after the looks.
 */
import { AdoptedGreeter } from '../greeter/processes/adopted-greeter.js';
import { keepAnswersUnread } from '../greeter/processes/answer-pipe.js';
import { sendLine } from '../greeter/processes/fork-greeter.js';

/** Set by src/early.pl: the file descriptors of its pipes. */
const variable = 'LDM_EARLY_GREETER';

let greeter: AdoptedGreeter | undefined;

/** Adopts the process if there is one, and forgets it in the environment of this process and those that it starts. */
export function adoptEarlyGreeter(environment: NodeJS.ProcessEnv): void {
  const [, typed, end] = /^(\d{1,3}),(\d{1,3})$/.exec(environment[variable] ?? '') ?? [];
  delete environment[variable];
  if (typed === undefined || end === undefined || !process.connected) return;
  try {
    greeter = new AdoptedGreeter({ typed: Number(typed), end: Number(end) });
    keepAnswersUnread(greeter);
  } catch {
    // ldm starts another. This one ends with its channel.
    process.disconnect();
  }
}

/** Tells the process its line: the looks, as JSON of greeter-messages.ts, and then the display, where it does not have it. */
export function tellEarlyGreeter(line: string): void {
  if (greeter !== undefined) sendLine(greeter, line);
}

/** The process that was started early, the first time. */
export function takeEarlyGreeter(): AdoptedGreeter | undefined {
  const taken = greeter;
  greeter = undefined;
  return taken;
}
