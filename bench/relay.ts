import { type Host, startHost } from '../test/cluster/support/host.js';
import { until } from '../test/cluster/support/run.js';
import { bareRelay } from './bare-programs.js';
import { startScreen } from './client-host.js';
import { compiled } from './compiled.js';
import { takeTurns } from './measure.js';
import type { Row } from './report.js';

const display = '/tmp/.X11-unix/X7';
const relayed = '/tmp/.X11-unix/X8';
const reps = 5_000;
/** As in the measurements of X11 through ldm: `xdpyinfo` comes first, when nothing is warm. */
const starts = 5;

/**
 * What forwarding X11 costs in Node before there is any SSH: small requests through a program that only copies, in Node and in C.
 */
export async function relayRows(runs: number): Promise<Row[]> {
  const inC = compiled('relay');
  if (inC === undefined) return [];
  const host = await startHost('client');
  try {
    await startScreen(host);
    const [node = [], c = []] = await takeTurns(runs, [
      () => throughRelay(host, bareRelay(relayed, display)),
      () => throughRelay(host, [inC, relayed, display]),
    ]);
    const row = (what: string, unit: Row['unit'], value: (of: (typeof node)[number]) => number): Row => ({
      what: `X11 without ldm and SSH: ${what} through a relay in Node that only copies`,
      unit,
      ours: { name: 'in Node', values: node.map(value) },
      other: { name: 'the same in C', values: c.map(value) },
    });
    return [
      row('`x11perf -prop`', 'a second', ({ rate }) => rate),
      row('`xdpyinfo`, from its start to its end,', 'ms', ({ each }) => each),
    ];
  } finally {
    await host.stop();
  }
}

/** @returns ms for each `xdpyinfo`, and small requests a second */
async function throughRelay(host: Host, command: readonly string[]): Promise<{ each: number; rate: number }> {
  await host.sh(`rm -f ${relayed}`);
  const relay = host.start(command);
  try {
    await until('the relay', async () => (await host.run(['test', '-S', relayed])).code === 0);
    const text = await host.sh(
      `export DISPLAY=:8; a=$(date +%s%N); for i in $(seq ${starts}); do xdpyinfo >/dev/null; done; b=$(date +%s%N)
      echo "each $(((b - a) / ${starts}000)) us"; x11perf -repeat 1 -reps ${reps} -prop`,
    );
    const each = Number(/^each (\d+) us$/m.exec(text)?.[1]) / 1_000;
    return { each, rate: Number(/\(\s*([\d.]+)\/sec\)/.exec(text)?.[1]) };
  } finally {
    relay.signal('SIGTERM');
    await relay.done;
  }
}
