import { Command, CommanderError } from 'commander';
import { addDemoCommand } from './commands/demo.js';
import { CommandError, exitCode } from './commands/exit-codes.js';
import { addGreeterCommand } from './commands/greeter.js';
import { addKeysCommand } from './commands/keys.js';
import { addLoginCommand } from './commands/login.js';
import { addServersCommand } from './commands/servers.js';
import { addSimulateCommand } from './commands/simulate.js';

const program = new Command('ldm')
  .description('A login screen for thin clients that chooses its server and logs in over SSH.')
  .option('--config <file>', 'lts.conf file (default: /etc/lts.conf where it exists)')
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError('(ldm --help tells more)');

addGreeterCommand(program);
addServersCommand(program);
addLoginCommand(program);
addKeysCommand(program);
addSimulateCommand(program);
addDemoCommand(program);
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// What is still under way (a lookup, a server that does not hang up) must not hold the end.
process.exit();

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof CommandError) {
    process.stderr.write(`ldm: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`ldm: a fault of ldm's own: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCode.internal;
}
