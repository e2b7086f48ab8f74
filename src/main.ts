import './shared/small-heap.js';
import { CommandError, exitCode } from './commands/common/exit-codes.js';
import { errorStack } from './shared/errors.js';
import { forJournal } from './shared/log/journal.js';

let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone and does not need the rest.
  if (error.code !== 'EPIPE') unwritten = error;
});
process.stderr.on('error', () => {});

void main();

async function main(): Promise<void> {
  try {
    // Without arguments it is the greeter, whose window does not wait for the parser.
    if (process.argv.length > 2) await (await import('./commands/command-line.js')).runCommandLine();
    else process.exitCode = await (await import('./commands/greeter.js')).runGreeter(undefined);
  } catch (error) {
    process.exitCode = report(error);
  }
  await Promise.all([process.stdout, process.stderr].map(written));
  if (unwritten !== undefined && !process.exitCode) {
    process.exitCode = report(new CommandError(exitCode.diskFailed, `standard output: ${unwritten.message}`));
  }
  // Pending work (a lookup, a server that does not close its connection) must not delay the end.
  process.exit();
}

/** Resolves when all output is written: a pipe takes only 64 KiB at once. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

function report(error: unknown): number {
  if (error instanceof CommandError) {
    process.stderr.write(forJournal(`ldm: ${error.message}\n`));
    return error.exitCode;
  }
  process.stderr.write(forJournal(`ldm: internal error: ${errorStack(error)}\n`));
  return exitCode.internal;
}
