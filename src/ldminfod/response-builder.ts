import type { ServerInfo } from '../protocol/info-service.js';
import { drainNote } from './drain.js';
import type { Log } from './log.js';
import type { Options } from './options/options.js';
import { ownProcessors } from './rating/load-reader.js';
import { createMeter, type Metrics } from './rating/meter.js';
import { createRatingCommand, runRatingCommand } from './rating/rating-command.js';
import { composeServerInfo, type GivenRating, type InfoSource } from './snapshot.js';
import { xsessionPaths } from './static-info/sessions.js';
import { createStaticInfoReader } from './static-info/static-info.js';

export interface ResponseBuilderDependencies {
  /** `/proc`, or a test's folder. */
  readonly procRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly log: Log;
  /** Runs the rating command. */
  readonly run?: typeof runRatingCommand;
}

const localeFiles = ['/etc/default/locale', '/etc/locale.conf'];
const sshdPidFile = '/run/sshd.pid';

/** All clients that ask within this many ms get the same answer. */
const sharedForMs = 1;

/** Builds answers from static information, metrics, drain files and the rating command, if one is configured. */
export async function createResponseBuilder(
  options: Options,
  { procRoot, environment, now, log, run = runRatingCommand }: ResponseBuilderDependencies,
): Promise<InfoSource> {
  const staticInfo = await createStaticInfoReader({
    sessionFolders: options.sessionFolders,
    localeWhitelist: options.localeWhitelist,
    environment,
    localeFiles,
    xsessionPaths,
    now,
  });
  const measure = createMeter({
    procRoot,
    sshdPidFile,
    ssh: { port: options.sshPort, address: options.sshAddress },
    cores: ownProcessors(procRoot),
    now,
    cpuTimeMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  });
  const compose = (metrics: Metrics, given: GivenRating): ServerInfo =>
    composeServerInfo(
      { staticInfo: staticInfo(), metrics, capacity: options.capacity, drainNote: drainNote(options.drainFiles) },
      given,
    );
  const { ratingCommand, fixedRating } = options;

  if (ratingCommand !== null) {
    const askCommand = createRatingCommand({
      run: (variables) => run(ratingCommand, variables, options.ratingTimeoutMs),
      now,
      log,
    });
    return (receive) => {
      askCommand(commandVariables(compose(measure(), { kind: 'built-in' })), (outcome) => {
        const given: GivenRating =
          outcome.kind === 'rating' ? { kind: 'given', rating: outcome.rating } : { kind: 'built-in' };
        receive(compose(measure(), given));
      });
    };
  }

  const given: GivenRating = fixedRating === null ? { kind: 'built-in' } : { kind: 'given', rating: fixedRating };
  let latest: { readonly info: ServerInfo; readonly at: number } | undefined;
  return (receive) => {
    const at = now();
    if (latest === undefined || at - latest.at >= sharedForMs) latest = { info: compose(measure(), given), at };
    receive(latest.info);
  };
}

/** What the rating command gets to know, as environment variables. */
function commandVariables({ rating, running, pending, capacity }: ServerInfo): Record<string, string> {
  return {
    LDMINFOD_RATING: String(rating),
    LDMINFOD_SESSIONS: String(running),
    LDMINFOD_PENDING: String(pending ?? 0),
    LDMINFOD_CAPACITY: String(capacity),
  };
}
