import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import manifest from '../../package.json' with { type: 'json' };
import { openEtcd, unencryptedEndpoints } from '../protocol/etcd-gateway.js';
import { errorCode, errorStack, isMissing } from '../shared/errors.js';
import { forJournal } from '../shared/log/journal.js';
import { activatedDescriptors } from './activation.js';
import { DrainError, drain, drainNote, undrain } from './drain.js';
import { createInfoServer } from './info-server.js';
import { stderrLog } from './log.js';
import { type CommandLine, parseCommandLine } from './options/command-line.js';
import { parseConfigFile } from './options/config-file.js';
import { type GivenOptions, OptionsError } from './options/option-table.js';
import { type Options, readOptions } from './options/options.js';
import { withPrometheusFile } from './prometheus.js';
import { explainRating } from './rating/explain-rating.js';
import { createLoadReader, type MeasuredLoad, ownProcessors } from './rating/load-reader.js';
import { readEtcdAccess } from './registry/etcd-access.js';
import { ownAuthor } from './registry/etcd-entry.js';
import { Registrar } from './registry/registrar.js';
import { createResponseBuilder } from './response-builder.js';
import { createResponseFormatter, responseText, withEtcdState } from './response-text.js';
import type { InfoSource } from './snapshot.js';
import { describeStatus, queryStatus } from './status.js';
import { usage } from './usage.js';

const defaultConfigFile = '/etc/ldm/ldminfod.conf';

/** sysexits.h, and 1 for a server that takes no logins. */
const exitCode = { done: 0, closed: 1, usage: 64, unavailable: 69, cannotListen: 71, cannotCreate: 73, config: 78 };

/** Bursts arrive faster than they are accepted. The kernel limits this to net.core.somaxconn. */
const backlog = 4_096;

/** ms that unfinished answers have after SIGTERM. */
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

function readConfig(requested: string | undefined): GivenOptions {
  const file = requested ?? defaultConfigFile;
  try {
    return parseConfigFile(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof OptionsError) throw error;
    if (requested === undefined && isMissing(error)) return new Map();
    throw new OptionsError('config', `${file}: cannot be read (${errorCode(error)})`, { cause: error });
  }
}

function startDrain({ drainFiles }: Options, { permanent, reason }: CommandLine): void {
  const file = drainFiles.at(permanent ? -1 : 0) ?? '';
  drain(file, `since ${new Date().toISOString()}${reason === '' ? '' : `: ${reason}`}`);
  process.stdout.write(`takes no new logins (${file}); running sessions continue\n`);
}

async function showStatus(options: Options, verbose: boolean): Promise<void> {
  const { listen, port, drainFiles } = options;
  const report = await queryStatus(listen === null || listen === '0.0.0.0' ? '127.0.0.1' : listen, port, 5_000);
  if (report === undefined) {
    process.stderr.write(`ldminfod: no answer on port ${port}; check that it runs: systemctl status ldminfod.socket\n`);
    process.exitCode = exitCode.unavailable;
    return;
  }
  process.stdout.write(describeStatus(report, drainNote(drainFiles)));
  if (verbose) process.stdout.write(explainRating(report.info, measureOnce(), options));
  if (report.info.rating === 0) process.exitCode = exitCode.closed;
}

/** The load does not depend on the process, so this is what the running ldminfod measures. */
function measureOnce(): MeasuredLoad {
  return createLoadReader({ procRoot: '/proc', cores: ownProcessors('/proc') })();
}

/** Under inetd, standard output is the client's socket. What the client sends is not read. */
async function answerOnce(options: Options): Promise<void> {
  if (options.etcd) log.warn('etcd-ignored', { reason: 'a process for each client cannot keep a lease' });
  const source = await newResponseBuilder(options);
  process.stdout.on('error', () => process.exit(exitCode.done));
  setTimeout(() => process.exit(exitCode.done), options.clientTimeoutMs).unref();
  source((info) => process.stdout.end(responseText(info), () => process.exit(exitCode.done)));
}

function newResponseBuilder(options: Options): Promise<InfoSource> {
  return createResponseBuilder(options, { procRoot: '/proc', environment: process.env, now, log });
}

async function serve(options: Options): Promise<void> {
  const descriptors = activatedDescriptors(process.env, process.pid);
  let builder = await newResponseBuilder(options);
  const { prometheusFile } = options;
  const current: InfoSource = (receive) => builder(receive);
  const source = prometheusFile === null ? current : withPrometheusFile(current, prometheusFile, Date.now, log);
  const registrar = startRegistrar(options, source);
  const format = createResponseFormatter();
  const respond = (send: (text: string) => void): void =>
    source((info) => send(registrar ? withEtcdState(format(info), registrar.state()) : format(info)));
  const { maxConnections, maxPerAddress, clientTimeoutMs: timeoutMs } = options;
  const newServer = () => createInfoServer({ respond, maxConnections, maxPerAddress, timeoutMs, log });
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
    newResponseBuilder(options).then((fresh) => {
      builder = fresh;
      log.info('configuration-reloaded');
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
function startRegistrar({ etcd }: Options, source: InfoSource): Registrar | undefined {
  if (etcd === null) return undefined;
  const access = readEtcdAccess(etcd);
  for (const endpoint of unencryptedEndpoints(access)) log.warn('etcd-password-unencrypted', { endpoint });
  const registrar = new Registrar(access.endpoints, etcd.key, {
    info: () => new Promise(source),
    open: (endpoint, signal) => openEtcd(access, endpoint, signal),
    now,
    random: Math.random,
    log,
    author: ownAuthor(),
  });
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
    // Without a port there is nothing to do. One connection that cannot be accepted (no free descriptor) is harmless.
    if (server.listening) return log.warnRarely('accept-failed', { reason: error.message });
    process.stderr.write(forJournal(`ldminfod: cannot listen: ${error.message}\n`));
    process.exit(exitCode.cannotListen);
  });
}

function fail(error: unknown): void {
  const known = error instanceof OptionsError || error instanceof DrainError ? error : undefined;
  const text = known?.message ?? errorStack(error);
  process.stderr.write(forJournal(`ldminfod: ${text}\n`));
  const codes = { usage: exitCode.usage, config: exitCode.config, drain: exitCode.cannotCreate };
  process.exitCode = known === undefined ? 70 : codes[known.code];
}

run(process.argv.slice(2)).catch(fail);
