import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import manifest from '../../package.json' with { type: 'json' };
import { unencryptedEndpoints } from '../servers/etcd-gateway.js';
import { forJournal } from '../settings/journal.js';
import { activatedDescriptors } from './activation.js';
import { createAnswerer } from './answerer.js';
import { parseConfigFile } from './config-file.js';
import { DrainError, drain, drainNote, undrain } from './drain.js';
import { readEtcdAccess } from './etcd-access.js';
import { ownAuthor } from './etcd-entry.js';
import { explainRating } from './explain-rating.js';
import { createInfoServer } from './info-server.js';
import { createLoadReader, type MeasuredLoad, ownProcessors } from './load-reader.js';
import { stderrLog } from './log.js';
import {
  type CommandLine,
  type GivenOptions,
  type Options,
  OptionsError,
  parseCommandLine,
  readOptions,
} from './options.js';
import { countAnswers, type SendAnswer } from './prometheus.js';
import { Registrar } from './registrar.js';
import { askForStatus, describeStatus, withEtcdState } from './status.js';
import { usage } from './usage.js';

const defaultConfigFile = '/etc/ldm/ldminfod.conf';

/** sysexits.h, and 1 for a server that takes no logins. */
const exitCode = { done: 0, closed: 1, usage: 64, unavailable: 69, cannotListen: 71, cannotCreate: 73, config: 78 };

/** Bursts arrive faster than they are accepted; the kernel cuts this to net.core.somaxconn. */
const backlog = 4_096;

/** ms that answers under way have after SIGTERM. */
const farewellMs = 1_000;

const now = (): number => performance.now();
const log = stderrLog(now);

async function run(args: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(args);
  if (commandLine.command === 'help' || commandLine.command === 'version') {
    process.stdout.write(commandLine.command === 'help' ? usage() : `ldminfod ${manifest.version}\n`);
    return;
  }
  const options = readOptions(commandLine.given, readConfig(commandLine.configFile));
  switch (commandLine.command) {
    case 'drain':
      return startDrain(options, commandLine);
    case 'undrain':
      process.stdout.write(undrain(options.drainFiles).length > 0 ? 'takes logins again\n' : 'was not draining\n');
      return;
    case 'status':
      return showStatus(options, commandLine.verbose);
    case 'inetd':
      return answerOnce(options);
    case 'serve':
      return serve(options);
  }
}

function readConfig(asked: string | undefined): GivenOptions {
  const file = asked ?? defaultConfigFile;
  try {
    return parseConfigFile(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof OptionsError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (asked === undefined && code === 'ENOENT') return new Map();
    throw new OptionsError('config', `${file}: it cannot be read (${code})`);
  }
}

function startDrain({ drainFiles }: Options, { permanent, reason }: CommandLine): void {
  const file = drainFiles.at(permanent ? -1 : 0) ?? '';
  drain(file, `since ${new Date().toISOString()}${reason === '' ? '' : `: ${reason}`}`);
  process.stdout.write(`takes no new logins (${file}); running sessions stay\n`);
}

async function showStatus(options: Options, verbose: boolean): Promise<void> {
  const { listen, port, drainFiles } = options;
  const told = await askForStatus(listen === null || listen === '0.0.0.0' ? '127.0.0.1' : listen, port, 5_000);
  if (told === undefined) {
    process.stderr.write(
      `ldminfod: nothing answers on port ${port}; is it running? systemctl status ldminfod.socket\n`,
    );
    process.exitCode = exitCode.unavailable;
    return;
  }
  process.stdout.write(describeStatus(told, drainNote(drainFiles)));
  if (verbose) process.stdout.write(explainRating(told.info, measureOnce(), options));
  if (told.info.rating === 0) process.exitCode = exitCode.closed;
}

/** As the running ldminfod measures it: nothing of this depends on the process. */
function measureOnce(): MeasuredLoad {
  return createLoadReader({ procRoot: '/proc', cores: ownProcessors('/proc') })();
}

/** Under inetd standard output is the client's socket. What it sends is not read. */
async function answerOnce(options: Options): Promise<void> {
  if (options.etcd) log.warn('etcd-left-out', { reason: 'a process for each question keeps no lease' });
  const answer = await createAnswerer(options, { procRoot: '/proc', environment: process.env, now, log });
  process.stdout.on('error', () => process.exit(exitCode.done));
  setTimeout(() => process.exit(exitCode.done), options.clientTimeoutMs).unref();
  answer((text) => process.stdout.end(text, () => process.exit(exitCode.done)));
}

async function serve(options: Options): Promise<void> {
  const descriptors = activatedDescriptors(process.env, process.pid);
  const newAnswerer = () => createAnswerer(options, { procRoot: '/proc', environment: process.env, now, log });
  let uncounted = await newAnswerer();
  const { prometheusFile } = options;
  const current = (send: (text: string) => void): void => uncounted(send);
  const counted = prometheusFile === null ? current : countAnswers(current, prometheusFile, Date.now, log);
  const registrar = startRegistrar(options, counted);
  const answer = (send: (text: string) => void): void =>
    counted((text) => send(registrar ? withEtcdState(text, registrar.state()) : text));
  const { mostConnections, mostPerAddress, clientTimeoutMs: timeoutMs } = options;
  const newServer = () => createInfoServer({ answer, mostConnections, mostPerAddress, timeoutMs, log });
  const host = options.listen;
  const places =
    descriptors.length > 0
      ? descriptors.map((fd) => ({ fd }))
      : [{ port: options.port, ...(host !== null && { host }) }];
  const servers = places.map((place) => {
    const server = newServer();
    watch(server.listener);
    server.listener.listen({ ...place, backlog });
    return server;
  });
  process.on('SIGHUP', () => {
    newAnswerer().then((fresh) => {
      uncounted = fresh;
      log.info('reloaded');
    }, fail);
  });
  const stop = (): void => {
    for (const server of servers) server.stop();
    void registrar?.stop();
    setTimeout(() => process.exit(exitCode.done), farewellMs).unref();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

/** @returns undefined where etcd is not configured */
function startRegistrar({ etcd }: Options, answer: SendAnswer): Registrar | undefined {
  if (etcd === null) return undefined;
  const access = readEtcdAccess(etcd);
  for (const endpoint of unencryptedEndpoints(access)) log.warn('etcd-password-unencrypted', { endpoint });
  const lines = (): Promise<string> => new Promise((resolve) => answer(resolve));
  const registrar = new Registrar(access, etcd.key, { lines, now, random: Math.random, log, author: ownAuthor() });
  registrar.start();
  return registrar;
}

function watch(server: Server): void {
  server.once('listening', () => {
    const place = server.address();
    if (place !== null && typeof place === 'object')
      log.info('listening', { address: place.address, port: place.port });
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    // A connection that could not be taken (no descriptors left) is no reason to end; a port that is taken is.
    if (server.listening) return log.warnRarely('accept-failed', { reason: error.message });
    process.stderr.write(forJournal(`ldminfod: cannot listen: ${error.message}\n`));
    process.exit(exitCode.cannotListen);
  });
}

function fail(error: unknown): void {
  const known = error instanceof OptionsError || error instanceof DrainError ? error : undefined;
  const text = known?.message ?? (error instanceof Error ? error.stack : String(error));
  process.stderr.write(forJournal(`ldminfod: ${text}\n`));
  const codes = { usage: exitCode.usage, config: exitCode.config, drain: exitCode.cannotCreate };
  process.exitCode = known === undefined ? 70 : codes[known.code];
}

run(process.argv.slice(2)).catch(fail);
