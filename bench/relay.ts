import { startHost } from '../test/cluster/support/host.js';
import { until } from '../test/cluster/support/run.js';
import { bareRelay } from './bare-programs.js';
import { startScreen } from './client-host.js';
import { compiled } from './compiled.js';
import { type Measure, measureInTurn } from './measure.js';
import type { Row } from './report.js';

const reps = 10_000;
const starts = 50;

/**
 * What X11 forwarding costs in Node before there is any SSH: small requests through a program that only copies, in Node and in C.
 */
export async function relayRows(runs: number): Promise<Row[]> {
  const inC = compiled('relay');
  if (inC === undefined) return [];
  const host = await startHost('client');
  try {
    const { HOME } = await startScreen(host);
    const socketOf = (display: number): string => `/tmp/.X11-unix/X${display}`;
    const relays = new Map([
      [8, bareRelay(socketOf(8), socketOf(7))],
      [9, [inC, socketOf(9), socketOf(7)]],
    ]);
    for (const [display, command] of relays) {
      host.start(command);
      await until('the relay', async () => (await host.run(['test', '-S', socketOf(display)])).code === 0);
    }
    const on = async (display: number, command: string): Promise<string> =>
      host.sh(`DISPLAY=:${display} HOME=${HOME} sh -c '${command}'`);
    const rate =
      (display: number): Measure =>
      async () =>
        Number(/\(\s*([\d.]+)\/sec\)/.exec(await on(display, `x11perf -repeat 1 -reps ${reps} -prop`))?.[1]);
    const timed = `a=$(date +%s%N); for i in $(seq ${starts}); do xdpyinfo >/dev/null; done; b=$(date +%s%N); echo $(((b - a) / ${starts}000))`;
    const each =
      (display: number): Measure =>
      async () =>
        Number(await on(display, timed)) / 1_000;
    const rows: Row[] = [];
    for (const { what, unit, measure } of [
      { what: '`x11perf -prop`', unit: 'a second', measure: rate },
      { what: '`xdpyinfo`', unit: 'ms', measure: each },
    ] as const) {
      const [node, c, alone] = await measureInTurn(
        runs,
        new Map([
          ['in Node', measure(8)],
          ['the same in C', measure(9)],
          ['without it', measure(7)],
        ]),
      );
      if (!node || !c || !alone) throw new Error('a side is missing');
      const text = `X11, no ldm and no SSH: ${what} through a relay in Node that only copies`;
      rows.push({ what: text, unit, ours: node, other: c }, { what: text, unit, ours: node, other: alone });
    }
    return rows;
  } finally {
    await host.stop();
  }
}
