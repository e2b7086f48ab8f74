import { setMaxListeners } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type RunnerTestCase, type RunnerTestSuite, TestRunner } from 'vitest';

/** What Stryker's instrumented code reads and writes. */
interface Switchboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}
const board: Switchboard = {};
Object.assign(globalThis, { __stryker__: board });

/** Maximum ms that one test spends on mutants, so that a whole run ends. */
const budgetMs = 20_000;
/** A test that takes longer, in ms, tests many parts at a time or depends on chance, and is not run with mutants. */
const maxTestMs = 500;
/** A mutant that runs so many times as often as the original code is an endless loop. */
const hitFactor = 100;
const minHitLimit = 10_000;

const now = performance.now.bind(performance);
const journal = join(process.env.LDM_MUTATION_DIR ?? '', 'journal');
const write = (word: string, ...ids: readonly string[]): void =>
  appendFileSync(journal, `${[word, ...ids].join(' ')}\n`);

/** Ends this process when one try has taken 180 s. Nothing else ends a loop that contains no mutant. */
const heartbeat = new Int32Array(new SharedArrayBuffer(4));
new Worker(
  `const { workerData } = require('node:worker_threads');
  let [last, since] = [0, 0];
  setInterval(() => {
    const beat = Atomics.load(workerData, 0);
    since = beat === last ? since + 1 : 0;
    last = beat;
    if (beat !== 0 && since >= 180) process.kill(process.pid, 'SIGKILL');
  }, 1000).unref();`,
  { eval: true, workerData: heartbeat },
).unref();

/** The mutants that one test still has to be run with. */
interface Trial {
  readonly waiting: string[];
  readonly hits: Readonly<Record<string, number>>;
  readonly endsAt: number;
  /** Undefined while the test runs as it is. */
  mutant: string | undefined;
}

/**
 * Runs each test twice without a mutant, and then once for each mutant in the code that the second run covered, all in
 * the same process. A mutant is killed when the test fails with it. After each kill the test must pass without a mutant
 * before it goes on, so that what one mutant has left behind does not kill the next.
 */
export default class Judge extends TestRunner {
  #trial: Trial | undefined;
  #killed = new Set<string>();
  #started = 0;
  /** A test may load files in its first run. Code that runs while they load does not run again. */
  #isFirst = true;

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test);
    this.#trial = undefined;
    this.#isFirst = true;
    board.activeMutant = undefined;
    this.#killed = killedSoFar();
    // Each try adds a listener for the end of the test.
    setMaxListeners(0, test.context.signal);
    // vitest repeats a test, with all its hooks, until it passes.
    test.retry = Number.MAX_SAFE_INTEGER;
  }

  override onBeforeTryTask(test: RunnerTestCase): void {
    super.onBeforeTryTask(test);
    const mutant = this.#trial?.mutant;
    board.currentTestId = this.#trial === undefined ? this.#passFor(test) : undefined;
    board.hitCount = 0;
    board.hitLimit = Math.max(minHitLimit, hitFactor * (this.#trial?.hits[mutant ?? ''] ?? 0));
    board.activeMutant = mutant;
    Atomics.add(heartbeat, 0, 1);
    if (this.#trial === undefined) this.#started = now();
    if (mutant !== undefined) write('try', String(process.pid), mutant);
  }

  onAfterRetryTask(test: RunnerTestCase): void {
    const passed = test.result?.state === 'pass';
    const trial = this.#trial;
    board.activeMutant = undefined;
    if (trial?.mutant !== undefined) write('tried', String(process.pid));
    let goOn: boolean;
    if (trial === undefined && !passed) {
      write('red', encodeURI(`${test.file.name} ${test.name}`));
      goOn = false;
    } else if (trial === undefined && this.#isFirst) {
      this.#isFirst = false;
      goOn = true;
    } else if (trial === undefined) {
      this.#trial = newTrial(test, this.#killed, this.#started);
      goOn = this.#next();
    } else if (trial.mutant === undefined) goOn = passed && this.#next();
    else if (passed) goOn = this.#next();
    else {
      write('killed', trial.mutant);
      this.#killed.add(trial.mutant);
      trial.mutant = undefined;
      goOn = true;
    }
    if (test.result === undefined) return;
    test.result.state = goOn ? 'fail' : 'pass';
    test.result.errors = goOn ? [{ message: 'one more mutant' }] : [];
    if (!goOn) board.currentTestId = undefined;
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onAfterRunSuite(suite);
    if (!('filepath' in suite)) return;
    write('static', ...Object.keys(board.mutantCoverage?.static ?? {}));
    write('done', relative(process.cwd(), String(suite.filepath)));
    Atomics.store(heartbeat, 0, 0);
  }

  /** The name under which the code that runs now is recorded as covered. */
  #passFor({ id }: RunnerTestCase): string {
    return this.#isFirst ? firstRun(id) : id;
  }

  /** Takes the next mutant that no other test has killed in the meantime. */
  #next(): boolean {
    const trial = this.#trial;
    if (trial === undefined || now() > trial.endsAt) return false;
    do trial.mutant = trial.waiting.shift();
    while (trial.mutant !== undefined && this.#killed.has(trial.mutant));
    return trial.mutant !== undefined;
  }
}

const firstRun = (id: string): string => `first run of ${id}`;

function newTrial(test: RunnerTestCase, killed: ReadonlySet<string>, started: number): Trial {
  const hits = board.mutantCoverage?.perTest[test.id] ?? {};
  write('covered', ...Object.keys(hits));
  write('static', ...Object.keys(board.mutantCoverage?.perTest[firstRun(test.id)] ?? {}).filter((id) => !(id in hits)));
  const waiting = Object.keys(hits).filter((id) => !killed.has(id));
  const slow = now() - started > maxTestMs;
  return { waiting: slow ? [] : waiting, hits, endsAt: now() + budgetMs, mutant: undefined };
}

/** The mutants that any process has killed. */
function killedSoFar(): Set<string> {
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [];
  return new Set(lines.filter((line) => /^(killed|hung) /.test(line)).map((line) => line.split(' ')[1] ?? ''));
}
