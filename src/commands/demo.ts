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
    .summary('a whole cluster on this machine and the greeter in front of it')
    .description(
      'Starts a cluster on loopback, without root, and the greeter in front of it. On a DISPLAY you log in yourself; ' +
        'without one the demo logs in by itself on a virtual screen and saves pictures.',
    )
    .option('--scenario <name>', `one of: ${scenarioNames.join(', ')}`, defaultScenario)
    .option('--screenshots <dir>', 'where pictures go without a DISPLAY', 'screenshots')
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
  // Whoever read along may hang up; what was started has to be ended all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => abort.abort());
  // Sent by Restart and Shut Down of the demo's greeter.
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
