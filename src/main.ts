import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { askedCommand } from './commands/asked-command.js';
import { CommandError, exitCode } from './commands/exit-codes.js';
import { forJournal } from './settings/journal.js';

type AddCommand = (program: Command) => void;

/** Every command with the file that makes it, loaded when it is needed; in the order of the help. */
const commandFiles: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['greeter', async () => (await import('./commands/greeter.js')).addGreeterCommand],
  ['servers', async () => (await import('./commands/servers.js')).addServersCommand],
  ['login', async () => (await import('./commands/login.js')).addLoginCommand],
  ['remote', async () => (await import('./commands/remote.js')).addRemoteCommand],
  ['keys', async () => (await import('./commands/keys.js')).addKeysCommand],
  ['simulate', async () => (await import('./commands/simulate.js')).addSimulateCommand],
  ['demo', async () => (await import('./commands/demo.js')).addDemoCommand],
]);

const program = new Command('ldm')
  .description('A login screen for thin clients that chooses its server and logs in over SSH.')
  .option('--config <file>', 'lts.conf file (default: /etc/lts.conf where it exists)')
  .version(`ldm ${manifest.version}`, '--version', 'print the version')
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError('(ldm --help tells more)');

// Whoever read has gone: nobody misses the rest.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  const asked = commandFiles.get(askedCommand(process.argv.slice(2), 'greeter') ?? '');
  for (const load of asked ? [asked] : commandFiles.values()) (await load())(program);
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
await Promise.all([process.stdout, process.stderr].map(written));
// What is still under way (a lookup, a server that does not hang up) must not hold the end.
process.exit();

/** A pipe takes 64 KiB at once; its reader shall have the rest too. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof CommandError) {
    process.stderr.write(forJournal(`ldm: ${error.message}\n`));
    return error.exitCode;
  }
  const text = error instanceof Error ? error.stack : String(error);
  process.stderr.write(forJournal(`ldm: a fault of ldm's own: ${text}\n`));
  return exitCode.internal;
}
