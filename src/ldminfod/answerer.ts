import { answerText, composeAnswer, type Facts, type GivenRating } from './answer.js';
import { drainNote } from './drain.js';
import { createFacts } from './facts.js';
import { ownProcessors } from './load-reader.js';
import type { Log } from './log.js';
import { createMeter, type Figures } from './meter.js';
import type { Options } from './options.js';
import { createRatingCommand, runRatingCommand } from './rating-command.js';
import { xsessionPaths } from './sessions.js';

export interface AnswererSurroundings {
  readonly procRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A clock that never goes back; ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** One text of an answer serves all who ask within the same ms. */
const sameMs = 1;

/**
 * Puts the answer together from facts, figures, drain files and, where there is one, the administrator's program.
 * @returns calls `send` with the text, at once unless the program has to be waited for
 */
export async function createAnswerer(
  options: Options,
  { procRoot, environment, now, log }: AnswererSurroundings,
): Promise<(send: (text: string) => void) => void> {
  const facts: () => Facts = await createFacts({
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
    cores: ownProcessors(procRoot),
    now,
    spent: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  });
  const compose = (figures: Figures, given: GivenRating) =>
    composeAnswer(
      { facts: facts(), figures, capacity: options.capacity, drainNote: drainNote(options.drainFiles) },
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
        send(answerText(compose(measure(), given)));
      });
    };
  }

  const given: GivenRating = fixedRating === null ? { kind: 'built-in' } : { kind: 'given', rating: fixedRating };
  let latest: { readonly text: string; readonly at: number } | undefined;
  return (send) => {
    const at = now();
    if (latest === undefined || at - latest.at >= sameMs) latest = { text: answerText(compose(measure(), given)), at };
    send(latest.text);
  };
}
