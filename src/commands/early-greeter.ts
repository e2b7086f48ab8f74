/**
 * The greeter's process, started beside `ldm` (bin/ldm). It loads GTK meanwhile, and waits for its looks before it opens the
 * display. Where `ldm` itself waits for the display, that comes after the looks.
 */
import { AdoptedGreeter } from '../greeter/processes/adopted-greeter.js';
import { keepAnswersUnread } from '../greeter/processes/answer-pipe.js';
import { earlyPipes, earlyPipesVariable } from '../greeter/processes/early-pipes.js';
import { sendLine } from '../greeter/processes/fork-greeter.js';
import { takeMessages, whatIsTold } from './early-looks.js';

let greeter: AdoptedGreeter | undefined;

/** Adopts the process if there is one, and forgets it in the environment of this process and those that it starts. */
export function adoptEarlyGreeter(environment: NodeJS.ProcessEnv): void {
  const pipes = earlyPipes(environment);
  delete environment[earlyPipesVariable];
  if (pipes === undefined) return;
  try {
    greeter = new AdoptedGreeter(pipes, takeMessages());
    keepAnswersUnread(greeter);
  } catch {
    // ldm starts another. This one ends with its channel.
    if (process.connected) process.disconnect();
  }
}

/**
 * Tells the process what it has not been told already (early-looks.ts).
 * @param looks JSON of greeter-messages.ts
 * @param seatDisplay where the display has come through a pipe, and is not in the process's environment
 */
export function tellEarlyGreeter(looks: string, seatDisplay: string | undefined): void {
  if (greeter === undefined) return;
  const told = whatIsTold();
  if (!told.looks) sendLine(greeter, looks);
  if (seatDisplay !== undefined && told.display === undefined) sendLine(greeter, seatDisplay);
}

/** The process that was started early, the first time. */
export function takeEarlyGreeter(): AdoptedGreeter | undefined {
  const taken = greeter;
  greeter = undefined;
  return taken;
}
