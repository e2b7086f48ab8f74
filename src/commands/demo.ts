import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runDemo } from '../demo/demo.js';
import { DemoError } from '../demo/demo-error.js';
import { defaultScenario, findScenario, scenarioNames } from '../demo/scenarios.js';
import { CommandError, exitCode } from './common/exit-codes.js';

interface DemoCommandOptions {
  readonly scenario: string;
  readonly screenshots: string;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .summary('start a whole cluster on this machine, and the greeter')
    .description(
      'Starts a cluster on loopback, without root, and the greeter. With a DISPLAY you log in yourself; without one, ' +
        'the demo logs in automatically on a virtual screen and saves screenshots.',
    )
    .option('--scenario <name>', `one of: ${scenarioNames.join(', ')}`, defaultScenario)
    .option('--screenshots <dir>', 'directory for the screenshots without a DISPLAY', 'screenshots')
    .action(async (options: DemoCommandOptions) => {
      process.exitCode = await runDemoCommand(options);
    });
}

/** @throws {CommandError} */
async function runDemoCommand(options: DemoCommandOptions): Promise<number> {
  const scenario = findScenario(options.scenario);
  if (scenario === undefined) {
    throw new CommandError(exitCode.usage, `--scenario ${options.scenario}: give ${scenarioNames.join(', ')}`);
  }
  const abort = new AbortController();
  let code: number = exitCode.cancelled;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());
  // The reader of the output may go; everything that was started must be ended anyway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => abort.abort());
  // Restart and Shut Down of the demo's greeter send it.
  process.on('SIGUSR2', () => {
    code = exitCode.done;
    abort.abort();
  });
  const write = (text: string): void => void process.stderr.write(text);
  try {
    return await runDemo({
      program: join(dirname(fileURLToPath(import.meta.url)), '../bin/ldm'),
      scenario,
      display: process.env.DISPLAY || undefined,
      screenshots: options.screenshots,
      say: (line) => void process.stdout.write(`demo: ${line}\n`),
      log: write,
      signal: abort.signal,
    });
  } catch (error) {
    if (abort.signal.aborted) return code;
    if (!(error instanceof DemoError)) throw error;
    if (error.log !== '') write(`What ldm greeter logged:\n${error.log}`);
    throw new CommandError(exitCode.failed, error.message);
  }
}
