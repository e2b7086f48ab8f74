import { type Host, startHost } from '../test/cluster/support/host.js';
import { bareRelay } from './bare-programs.js';
import { startScreen } from './client-host.js';
import { compiled } from './compiled.js';
import { pause, takeTurns } from './measure.js';
import type { Row } from './report.js';

const folder = '/tmp/.X11-unix';
const requests = 5_000;
const starts = 5;

/**
 * What Node alone costs small requests: a program in Node that passes bytes from X clients to the display, and the same in C.
 * The difference is the least that each request takes longer through ldm than through a program in C.
 */
export async function x11FloorRows(runs: number): Promise<Row[]> {
  const relay = compiled('relay');
  if (relay === undefined) return [];
  const host = await startHost('client');
  try {
    await startScreen(host);
    const node = bareRelay().join(' ');
    const measure = (command: string) => () => through(host, command);
    const [ours = [], other = []] = await takeTurns(runs, [measure(node), measure(relay)]);
    const row = (value: (of: (typeof ours)[number]) => number) => ({
      unit: 'ms' as const,
      ours: { name: 'Node', values: ours.map(value) },
      other: { name: 'C', values: other.map(value) },
    });
    return [
      { what: `X11 through a bare relay: ${requests} requests of \`x11perf -prop\``, ...row(({ all }) => all) },
      { what: 'X11 through a bare relay: `xdpyinfo`, when nothing is warm', ...row(({ each }) => each) },
    ];
  } finally {
    await host.stop();
  }
}

async function through(host: Host, command: string): Promise<{ readonly each: number; readonly all: number }> {
  const socket = `${folder}/X50`;
  const relay = host.start(['sh', '-c', `rm -f ${socket}; exec ${command} ${socket} ${folder}/X7`], {
    timeoutMs: 60_000,
  });
  try {
    while ((await host.run(['test', '-S', socket])).code !== 0) await pause(20);
    const script = `
      a=$(date +%s%N); for i in $(seq ${starts}); do xdpyinfo >/dev/null; done; b=$(date +%s%N)
      echo "each $(((b - a) / ${starts}000)) us"
      x11perf -repeat 1 -reps ${requests} -prop`;
    const { stdout } = await host.run(['sh', '-c', script], { env: { DISPLAY: ':50' } });
    if (!stdout.includes('/sec)')) throw new Error(`x11perf through ${command}: ${stdout}`);
    const rate = Number(/\(\s*([\d.]+)\/sec\)/.exec(stdout)?.[1]);
    return { each: Number(/^each (\d+) us$/m.exec(stdout)?.[1]) / 1_000, all: (requests / rate) * 1_000 };
  } finally {
    relay.signal('SIGKILL');
    await relay.done;
  }
}
