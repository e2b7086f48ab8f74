import { availableParallelism } from 'node:os';
import { drainNote } from './drain.js';
import type { Log } from './log.js';
import type { Options } from './options.js';
import { createMeter, type Metrics } from './rating/meter.js';
import { createRatingCommand, runRatingCommand } from './rating/rating-command.js';
import { composeServerInfo, type GivenRating, responseText, type StaticInfo } from './snapshot.js';
import { xsessionPaths } from './static-info/sessions.js';
import { createStaticInfoReader } from './static-info/static-info.js';

export interface ResponseBuilderDependencies {
  readonly procRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A clock that never goes back; ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** One text of an answer serves all who ask within the same ms. */
const sameMs = 1;

/**
 * Puts the answer together from staticInfo, metrics, drain files and, where there is one, the administrator's program.
 * @returns calls `send` with the text, at once unless the program has to be waited for
 */
export async function createResponseBuilder(
  options: Options,
  { procRoot, environment, now, log }: ResponseBuilderDependencies,
): Promise<(send: (text: string) => void) => void> {
  const staticInfo: () => StaticInfo = await createStaticInfoReader({
    sessionFolders: options.sessionFolders,
    localeWhitelist: options.localeWhitelist,
    environment,
    localeFiles: ['/etc/default/locale', '/etc/locale.conf'],
    xsessionPaths,
    now,
  });
  const measure = createMeter({
    procRoot,
    sshdPidFile: '/run/sshd.pid',
    ssh: { port: options.sshPort, address: options.sshAddress },
    cores: availableParallelism(),
    now,
    spent: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  });
  const compose = (metrics: Metrics, given: GivenRating) =>
    composeServerInfo(
      { staticInfo: staticInfo(), metrics, capacity: options.capacity, drainNote: drainNote(options.drainFiles) },
      given,
    );
  const { ratingCommand, fixedRating } = options;

  if (ratingCommand !== null) {
    const ask = createRatingCommand({
      run: (told) => runRatingCommand(ratingCommand, told, options.ratingTimeoutMs),
      now,
      log,
    });
    return (send) => {
      const before = compose(measure(), { kind: 'built-in' });
      const told = {
        LDMINFOD_RATING: String(before.rating),
        LDMINFOD_SESSIONS: String(before.running),
        LDMINFOD_PENDING: String(before.pending ?? 0),
        LDMINFOD_CAPACITY: String(before.capacity),
      };
      ask(told, (outcome) => {
        const given: GivenRating =
          outcome.kind === 'rating' ? { kind: 'given', rating: outcome.rating } : { kind: 'built-in' };
        send(responseText(compose(measure(), given)));
      });
    };
  }

  const given: GivenRating = fixedRating === null ? { kind: 'built-in' } : { kind: 'given', rating: fixedRating };
  let latest: { readonly text: string; readonly at: number } | undefined;
  return (send) => {
    const at = now();
    if (latest === undefined || at - latest.at >= sameMs)
      latest = { text: responseText(compose(measure(), given)), at };
    send(latest.text);
  };
}
