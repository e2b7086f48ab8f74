import { measureInTurn, pause, takeTurns } from './measure.js';
import type { Row } from './report.js';
import { type Line, type Way, withWays } from './x11-ways.js';

/**
 * Names of x11perf, and the number for its option `-reps`; some tests multiply it. `prop` is a small request that waits for
 * its answer, `noop` is a small request that does not.
 */
const tests: Readonly<Record<string, number>> = {
  putimage500: 50,
  getimage500: 40,
  prop: 5_000,
  noop: 5_000_000,
  copywinpix100: 20_000,
  ftext: 50_000,
  scroll100: 100_000,
};
const delayedTests: typeof tests = { putimage500: 20, getimage500: 2, prop: 100 };
const narrowTests: typeof tests = { putimage500: 10, getimage500: 10, prop: 2_000 };
const starts = 5;
const costReps = 20;

/** X11 forwarding through ldm, and through `ssh -Y`. */
export function x11Rows(runs: number): Promise<Row[]> {
  return withWays(undefined, async (ldm, ssh) => [
    ...(await speedRows([ldm, ssh], runs, tests, '')),
    await costRow(ldm, ssh, runs, 'putimage500', 'drawn'),
    await costRow(ldm, ssh, runs, 'getimage500', 'read'),
  ]);
}

/** The same over a line, with fewer tests. */
export function x11LineRows(runs: number, line: Line): Promise<Row[]> {
  const speed = line.megabits === undefined ? '' : `${line.megabits} Mbit/s, `;
  const where = `, ${speed}${line.delayMs} ms each way`;
  return withWays(line, (...ways) => speedRows(ways, runs, line.delayMs > 0 ? delayedTests : narrowTests, where));
}

/**
 * One login measures everything, as a session does: xdpyinfo first, when nothing is warm.
 * @param ways ldm, `ssh -Y`, and others that ldm is compared with
 */
async function speedRows(
  ways: readonly [Way, Way, ...Way[]],
  runs: number,
  names: typeof tests,
  where: string,
): Promise<Row[]> {
  const loop = `for i in $(seq ${starts}); do xdpyinfo >/dev/null; done`;
  const timed = `a=$(date +%s%N); ${loop}; b=$(date +%s%N); echo "each $(((b - a) / ${starts}000)) us"`;
  const drawn = Object.entries(names).map(([name, reps]) => `x11perf -repeat 1 -reps ${reps} -${name}`);
  const command = [timed, ...drawn].join('; ');
  const measure = (way: Way) => async () => {
    const { stdout, stderr } = await way.start(command).done;
    const each = Number(/^each (\d+) us$/m.exec(stdout)?.[1]) / 1_000;
    const rates = [...stdout.matchAll(/\(\s*([\d.]+)\/sec\)/g)].map(([, rate]) => Number(rate));
    if (rates.length !== drawn.length) throw new Error(`x11perf through ${way.name}: ${stdout}${stderr}`);
    return { each, rates };
  };
  const [ours = [], ...others] = await takeTurns(runs, ways.map(measure));
  const rows = (row: Pick<Row, 'what' | 'unit' | 'wanted'>, value: (of: (typeof ours)[number]) => number): Row[] =>
    others.map((other, at) => ({
      what: row.what,
      unit: row.unit,
      ours: { name: ways[0].name, values: ours.map(value) },
      other: { name: ways[at + 1]?.name ?? '', values: other.map(value) },
      // Wanted is to be as fast as `ssh -Y`.
      ...(at === 0 && row.wanted && { wanted: row.wanted }),
    }));
  return [
    ...Object.keys(names).flatMap((name, at) =>
      rows(
        { what: `X11: \`x11perf -${name}\`${where}`, unit: 'a second', wanted: { ratio: 'at least', limit: 1 } },
        ({ rates }) => rates[at] ?? Number.NaN,
      ),
    ),
    ...rows(
      {
        what: `X11: \`xdpyinfo\`, from its start to its end${where}`,
        unit: 'ms',
        wanted: { ratio: 'at most', limit: 1 },
      },
      ({ each }) => each,
    ),
  ];
}

/** The processor time of the client's process for each MB. */
async function costRow(ldm: Way, ssh: Way, runs: number, test: string, done: string): Promise<Row> {
  const draw = `x11perf -repeat 1 -reps ${costReps} -${test}`;
  const measure = (way: Way) => async () => {
    const running = way.start(`echo begin; sleep 0.2; ${draw}; echo end; sleep 0.5`);
    const said = async (word: string): Promise<void> => {
      while (!running.stdout().includes(word)) await pause(5);
    };
    await said('begin');
    const before = await way.used();
    await said('end');
    const after = await way.used();
    const { stdout } = await running.done;
    // A picture of 500 by 500 points has a million bytes.
    return (after - before) / Number(/(\d+) reps/.exec(stdout)?.[1]);
  };
  const [ours, other] = await measureInTurn(
    runs,
    new Map([
      [ldm.name, measure(ldm)],
      [ssh.name, measure(ssh)],
    ]),
  );
  if (!ours || !other) throw new Error('a side is missing');
  return {
    what: `X11: processor time of the client for each MB ${done} (\`${test}\`)`,
    unit: 'ms',
    ours,
    other,
    wanted: { ratio: 'at most', limit: 2 },
  };
}
