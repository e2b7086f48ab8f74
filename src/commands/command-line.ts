import { CommanderError } from 'commander';
import { askedCommand } from './asked-command.js';
import { exitCode } from './common/exit-codes.js';
import { commandFiles, program } from './program.js';

/**
 * Runs the command that the command line of this process names, which sets the exit code. An error of the command line has
 * been told.
 */
export async function runCommandLine(): Promise<void> {
  try {
    const asked = commandFiles.get(askedCommand(process.argv.slice(2), 'greeter') ?? '');
    for (const load of asked ? [asked] : commandFiles.values()) (await load())(program);
    for (const command of program.commands) command.exitOverride();
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage;
  }
}
