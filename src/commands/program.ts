import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { configOption } from './common/config-option.js';

type AddCommand = (program: Command) => void;

/** Every command with its file, which is loaded when it is needed; in the order of the help. */
export const commandFiles: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['greeter', async () => (await import('./greeter.js')).addGreeterCommand],
  ['settings', async () => (await import('./settings.js')).addSettingsCommand],
  ['servers', async () => (await import('./servers.js')).addServersCommand],
  ['login', async () => (await import('./login.js')).addLoginCommand],
  ['remote', async () => (await import('./remote.js')).addRemoteCommand],
  ['keys', async () => (await import('./keys.js')).addKeysCommand],
  ['simulate', async () => (await import('./simulate.js')).addSimulateCommand],
  ['demo', async () => (await import('./demo.js')).addDemoCommand],
]);

export const program = new Command('ldm')
  .description('A login screen for thin clients that chooses its server and logs in over SSH.')
  .option(...configOption)
  .version(`ldm ${manifest.version}`, '--version', 'print the version')
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError('(see ldm --help)');
