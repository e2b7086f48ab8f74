import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Greeter } from '../greeter/greeter.js';
import type { PowerAction } from '../greeter/messages.js';
import { cleanText } from '../greeter/plain-text.js';
import { desktopCommand } from '../session/remote-command.js';
import { DisplayError, readDisplay } from '../session/x11-display.js';
import { forwardX11 } from '../session/x11-forwarding.js';
import type { Log } from '../settings/log.js';
import type { Settings } from '../settings/settings.js';
import { createContext, loginTools } from './context.js';
import { CommandError, exitCode } from './exit-codes.js';

export function addGreeterCommand(program: Command): void {
  program
    .command('greeter', { isDefault: true })
    .summary('the graphical greeter on $DISPLAY, then the session')
    .description('Shows the greeter on $DISPLAY, logs in, and returns when the session has ended.')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await runGreeter(command.optsWithGlobals<{ config?: string }>().config);
    });
}

async function runGreeter(configFile: string | undefined): Promise<number> {
  const context = createContext(configFile);
  const { settings, log } = context;
  const display = await readDisplay(process.env).catch((error: unknown) => {
    throw error instanceof DisplayError ? new CommandError(exitCode.usage, error.message) : error;
  });
  const bundle = fileURLToPath(new URL('./greeter.cjs', import.meta.url));
  if (!existsSync(bundle)) throw new CommandError(exitCode.internal, `${bundle} is missing; run: npm run build`);

  const greeter = new Greeter({
    ...context,
    bundle,
    login: loginTools(context, () => forwardX11({ ...display, log })),
    command: desktopCommand(settings),
    client: { name: hostname(), address: ownAddress() },
    greeting: settings.greeting && cleanText(settings.greeting),
    power: (action) => runPower(action, settings, log),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => greeter.stop());

  const result = await greeter.run();
  switch (result.kind) {
    case 'session-ended':
      if (result.end.kind !== 'lost') return exitCode.done;
      throw new CommandError(exitCode.connectionLost, `the connection was lost: ${result.end.detail}`);
    case 'no-greeter':
      throw new CommandError(exitCode.internal, `the greeter cannot be kept running: ${result.why}`);
    case 'stopped':
      return exitCode.cancelled;
  }
}

/** The first address that is not this machine's own business, IPv4 before IPv6, as the classic shows it. */
function ownAddress(): string | null {
  const outside = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal));
  const first = outside.find(({ family }) => family === 'IPv4') ?? outside[0];
  return first?.address ?? null;
}

function runPower(action: PowerAction, settings: Settings, log: Log): void {
  const [file = '', ...args] = action === 'restart' ? settings.restartCommand : settings.shutDownCommand;
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  child.on('error', (error) => log.error('power-failed', { action, problem: error.message }));
  child.on('exit', (code) => code !== 0 && log.error('power-failed', { action, code }));
}
