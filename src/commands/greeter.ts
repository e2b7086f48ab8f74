import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { forkGreeter, hasSpoken } from '../greeter/processes/fork-greeter.js';
import { findHooks } from '../session/hooks/files.js';
import { DisplayError, readDisplay } from '../session/x11/display.js';
import { stderrLog } from '../shared/log/log.js';
import { checkCompiledFor } from './common/compiled-for.js';
import { type ConfigOption, configOption } from './common/config-option.js';
import { CommandError, exitCode } from './common/exit-codes.js';
import { useOwnLanguage } from './common/own-language.js';
import { readerOfSettings } from './common/read-settings.js';
import { adoptEarlyGreeter, takeEarlyGreeter, tellEarlyGreeter } from './early-greeter.js';
import { looksOf, whatIsTold } from './early-looks.js';
import { receiveDisplay } from './seat-display.js';

/** ms after which the rest is loaded, even if there is no window. */
const windowTimeoutMs = 3_000;

export function addGreeterCommand(program: Command): void {
  program
    .command('greeter', { isDefault: true })
    .summary('the graphical greeter on $DISPLAY, then the session')
    .description('Shows the greeter on $DISPLAY, logs in, and returns when the session has ended.')
    .option(...configOption)
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await runGreeter(command.optsWithGlobals<ConfigOption>().config);
    });
}

/**
 * Tells the greeter's process its looks as soon as the settings are known: its window takes the longest, and all that
 * comes later is loaded meanwhile.
 */
export async function runGreeter(configFile: string | undefined): Promise<number> {
  adoptEarlyGreeter(process.env);
  const cameFromSeat = whatIsTold().display ?? receiveDisplay(process.env);
  // ldm-seat tells why X does not start.
  if (cameFromSeat === false) return exitCode.cancelled;
  // From here on DISPLAY is in the environment, which this copies.
  const read = readerOfSettings(configFile);
  const settings = read();
  const display = await readDisplay(process.env).catch((error: unknown) => {
    throw error instanceof DisplayError ? new CommandError(exitCode.usage, error.message) : error;
  });
  const bundle = fileURLToPath(new URL('./greeter.cjs', import.meta.url));
  const connection = fileURLToPath(new URL('./connection.cjs', import.meta.url));
  if (!existsSync(bundle))
    throw new CommandError(
      exitCode.internal,
      `${bundle} is missing; install the package ldm-greeter, or in a checkout: npm run build`,
    );
  checkCompiledFor(bundle);

  const looks = looksOf(settings);
  // They may set the screen up, so they come before it; nothing of them is loaded where there are none.
  if (findHooks('I', settings.hookFolders).length > 0) {
    const { hooksOf } = await import('./common/hooks.js');
    const log = stderrLog(settings.logLevel, settings.syslog);
    await hooksOf(settings, log).run('I', {}, new AbortController().signal);
  }
  tellEarlyGreeter(looks, cameFromSeat ? process.env.DISPLAY : undefined);
  const first = takeEarlyGreeter() ?? forkGreeter(bundle, looks);
  // What comes now would take the processor from the window, and its text too would come later.
  await hasSpoken(first, windowTimeoutMs);
  const early = [first];
  useOwnLanguage();
  const { logInGraphically } = await import('./graphical-login.js');
  return logInGraphically({
    settings,
    readAgain: read,
    display,
    startGreeter: () => early.pop() ?? forkGreeter(bundle, looks),
    startConnectionWindow: (silence) => forkGreeter(connection, looks, JSON.stringify(silence)),
  });
}
