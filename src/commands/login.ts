import type { Command } from 'commander';
import { type LoginRequest, logIn } from '../login/login.js';
import type { Failure, LoginOutcome } from '../login/outcome.js';
import {
  answersAgainText,
  earlyEndText,
  failureLine,
  lostText,
  outcomeText,
  silentText,
  userNameProblemText,
} from '../login/sentences.js';
import { userNameProblem } from '../login/user-name.js';
import { isHostKeyRefusal, meaningOf } from '../session/failures.js';
import { argumentsCommand, type DesktopPick, pickForHooks } from '../session/remote-command.js';
import { prepareKeyExchanges } from '../session/ssh2/hybrid-kex.js';
import { DisplayError, readDisplay } from '../session/x11/display.js';
import { forwardX11, type X11Forwarding } from '../session/x11/forwarding.js';
import { t } from '../shared/i18n.js';
import type { Log } from '../shared/log/log.js';
import type { Secret } from '../shared/secret.js';
import { type ConfigOption, configOption } from './common/config-option.js';
import { type Context, createContext, loginDependencies } from './common/context.js';
import { desktopBy } from './common/desktop.js';
import { CommandError, exitCode } from './common/exit-codes.js';
import { endInOrderOnError } from './common/last-resort.js';
import { useOwnLanguage } from './common/own-language.js';
import { CommandObserver } from './terminal/login-observer.js';
import { readPasswordFile } from './terminal/password-file.js';
import { openTerminal, type Terminal } from './terminal/terminal.js';

interface LoginOptions extends ConfigOption {
  readonly user: string;
  readonly server?: string;
  readonly passwordFile?: string;
  readonly session?: string;
  readonly language?: string;
  readonly x11: boolean;
}

export function addLoginCommand(program: Command): void {
  program
    .command('login')
    .summary('log in without a screen')
    .description('Logs in like the greeter, without a screen: server list, choice, failover, host key, session.')
    .option(...configOption)
    .requiredOption('--user <name>', 'user name')
    .option('--server <name>', 'use only this server')
    .option('--password-file <file>', 'file with the password, - for standard input (default: ask on the terminal)')
    .option('--session <name>', 'session, by its name or by its desktop file; failsafe is a plain terminal')
    .option('--language <locale>', 'language of the session, such as de_DE.UTF-8')
    .option('--no-x11', 'without X11 forwarding')
    .argument('[command...]', 'command to run instead of the desktop; its output is passed through')
    .action(async (argv: string[], _options: unknown, command: Command) => {
      process.exitCode = await runLogin(argv, command.optsWithGlobals<LoginOptions>());
    });
}

/** @returns the command's own exit code @throws {CommandError} */
async function runLogin(argv: readonly string[], options: LoginOptions): Promise<number> {
  const context = createContext(options.config);
  useOwnLanguage();
  const problem = userNameProblem(options.user);
  if (problem !== undefined) throw new CommandError(exitCode.usage, `--user: ${userNameProblemText(problem)}`);
  const x11 = options.x11 ? await prepareX11(context, argv.length > 0) : undefined;
  const terminal = openTerminal();
  const cancel = new AbortController();
  process.once('SIGINT', () => cancel.abort());
  process.once('SIGTERM', () => cancel.abort());
  const lastResort = endInOrderOnError(context.log, () => cancel.abort());

  const password = await readPassword(options, terminal, cancel.signal);
  try {
    const pick = pickOf(options);
    const desktop = desktopBy(context.settings);
    const request: LoginRequest = {
      user: options.user,
      password,
      choice: options.server === undefined ? { mode: 'automatic' } : { mode: 'server', name: options.server },
      command: argv.length > 0 ? { line: argumentsCommand(argv), input: undefined } : (given) => desktop(pick, given),
      forHooks: pickForHooks(pick),
    };
    let unanswered: CommandError | undefined;
    const giveUp = (error: CommandError): void => {
      unanswered = error;
      cancel.abort();
    };
    const observer = new CommandObserver(terminal, giveUp);
    const outcome = await logIn(
      request,
      { ...loginDependencies(context, x11), log: quieter(context.log) },
      observer,
      cancel.signal,
    );
    observer.over(outcome);
    // The session may last for days.
    password.wipe();
    lastResort.check();
    if (unanswered) throw unanswered;
    if (outcome.kind !== 'started') throw failureOf(outcome, (failure) => !observer.hasTold(failure));
    const withInput = argv.length > 0 && options.passwordFile !== '-';
    const code = await passThrough(outcome, withInput, cancel.signal);
    lastResort.check();
    return code;
  } finally {
    password.wipe();
    terminal?.close();
  }
}

/** @throws {CommandError} for what can name no session or language */
function pickOf({ session, language }: LoginOptions): DesktopPick {
  if (/\p{Cc}/u.test(`${session ?? ''}${language ?? ''}`)) {
    throw new CommandError(exitCode.usage, '--session and --language take names without control characters');
  }
  return {
    session:
      session === undefined || session === 'default' || session === 'failsafe'
        ? { kind: session ?? 'default' }
        : { kind: 'named', name: session, exec: undefined },
    language,
  };
}

async function prepareX11(context: Context, hasCommand: boolean): Promise<(() => X11Forwarding) | undefined> {
  try {
    const display = await readDisplay(process.env);
    return () => forwardX11({ ...display, log: context.log });
  } catch (error) {
    if (!(error instanceof DisplayError)) throw error;
    // A command may work without X11, a desktop does not.
    if (hasCommand) return undefined;
    throw new CommandError(exitCode.usage, `${error.message}. Give a COMMAND, a DISPLAY, or --no-x11.`);
  }
}

async function readPassword(
  options: LoginOptions,
  terminal: Terminal | undefined,
  cancelled: AbortSignal,
): Promise<Secret> {
  if (options.passwordFile !== undefined) {
    try {
      return readPasswordFile(options.passwordFile);
    } catch (error) {
      throw new CommandError(exitCode.usage, `--password-file ${options.passwordFile}: ${(error as Error).message}`);
    }
  }
  if (terminal === undefined) {
    throw new CommandError(exitCode.usage, 'there is no terminal to ask for the password; use --password-file');
  }
  // While the user types.
  setImmediate(prepareKeyExchanges);
  try {
    return await terminal.ask({ text: `${t('Password of {user}:', { user: options.user })} `, echo: false }, cancelled);
  } catch {
    throw new CommandError(exitCode.cancelled, t('given up'));
  }
}

/** Which servers have failed the command tells itself, so that nobody reads it twice. */
function quieter(log: Log): Log {
  return {
    ...log,
    warn: (event, details) => (event === 'server-failed' ? log.debug(event, details) : log.warn(event, details)),
  };
}

function failureOf(
  outcome: Exclude<LoginOutcome, { kind: 'started' }>,
  isNews: (failure: Failure) => boolean,
): CommandError {
  const text = outcomeText(outcome) ?? t('given up');
  const failures = 'failures' in outcome ? outcome.failures.filter(isNews) : [];
  return new CommandError(exitCode[exitOf(outcome)], `${text}${tried(failures)}`);
}

function exitOf(outcome: Exclude<LoginOutcome, { kind: 'started' }>): keyof typeof exitCode {
  switch (outcome.kind) {
    case 'wrong-credentials':
    case 'not-allowed':
    case 'cancelled':
      return meaningOf(outcome.kind).exit;
    case 'user-not-allowed':
      return meaningOf('not-allowed').exit;
    case 'unknown-server':
      return 'usage';
    case 'not-continued':
      return 'noServer';
    case 'none-left':
      return outcome.failures.some(({ code }) => isHostKeyRefusal(code)) ? 'hostKeyRefused' : 'noServer';
  }
}

/** One line for each server that was tried. */
function tried(failures: readonly Failure[]): string {
  return failures.map((failure) => `\n  ${failureLine(failure)}`).join('');
}

/** Resolves when all that was written has left the process, or never can. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

/** Joins the command to our own standard streams until it ends. */
async function passThrough(
  { session, server }: Extract<LoginOutcome, { kind: 'started' }>,
  withInput: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { channel } = session;
  signal.addEventListener('abort', () => session.close());
  const say = (text: string): void => void process.stderr.write(`ldm: ${text}\n`);
  session.onSilence({ silent: () => say(silentText(server)), answers: () => say(answersAgainText(server)) });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => session.close());
  channel.pipe(process.stdout);
  channel.stderr.pipe(process.stderr);
  if (withInput) process.stdin.pipe(channel);
  else channel.end();
  const end = await session.ended;
  const early = session.earlyEnd();
  // Here a session may be meant to be short; one that ended well and complained of nothing was.
  const isFine = end.kind === 'exit' && end.code === 0 && early?.errors === '';
  if (early !== undefined && !isFine) say(earlyEndText(server, early.seconds, early.errors));
  process.stdin.destroy();
  for (const stream of [process.stdout, process.stderr]) await written(stream);
  switch (end.kind) {
    case 'exit':
      return end.code;
    case 'signal':
      throw new CommandError(exitCode.connectionLost, t('the command was ended by {signal}', { signal: end.signal }));
    case 'lost':
      if (signal.aborted) return exitCode.cancelled;
      throw new CommandError(exitCode.connectionLost, lostText(server, end));
  }
}
