import { join } from 'node:path';
import { checkout, startHost } from '../test/cluster/support/host.js';
import { missingForXorg, xorg } from '../test/ui/support/xorg.js';
import { startWorker } from './client-worker.js';
import { type Measure, measureInTurn } from './measure.js';
import type { Row } from './report.js';
import { compiledWindow } from './same-window.js';
import type { SeatTask } from './task.js';

const folder = '/run/seat';
const size = { width: 1920, height: 1080 };
/**
 * ldm as the seat's program: it lies where the seat finds what tells that it waits for its display, and ends on request as
 * after a session.
 */
const program = `#!/bin/sh
echo $$ >${folder}/pid
'${checkout}/bin/ldm' & ldm=$!
trap 'kill -KILL $ldm; exit 0' USR1
trap 'kill $ldm; exit 0' TERM
wait
wait
`;

/** From the start of the seat to the window, and from the end of a session to the next one. */
export async function seatRows(runs: number): Promise<Row[]> {
  const window = compiledWindow();
  if (window === undefined) return [];
  const host = await startHost('seat');
  try {
    // The machine's terminal is not touched.
    await host.sh(`mkdir -p ${folder}/state ${folder}/bin ${folder}/dist && : >${folder}/dist/greeter.cjs
      mount --bind /dev/null /dev/tty7`);
    await host.write(`${folder}/bin/ldm`, program, 0o755);
    const server = serverCommand();
    const worker = startWorker(host, { HOME: '/run/home', XDG_RUNTIME_DIR: '/run/home', NODE_EXTRA_CA_CERTS: '' });
    const x = [...server, '-ac', '-nolisten', 'tcp', '-noreset'];
    const seat: SeatTask = {
      do: 'seat-window',
      way: 'seat',
      x,
      command: [`${checkout}/data/seat/ldm-seat`, 'tty7'],
      programPid: `${folder}/pid`,
      env: {
        RUNTIME_DIRECTORY: `${folder}/state`,
        LDM_SEAT_XSERVER: server[0] ?? '',
        LDM_SEAT_XARGUMENTS: [...server.slice(1), '-ac'].join(' '),
        LDM_SEAT_PROGRAM: `${folder}/bin/ldm`,
        LDM_SEAT_USER: 'root',
        LDM_SEAT_GRAPHICS_TIMEOUT: '0',
        LDM_SERVER: '127.0.0.1',
        LDM_STATE_DIR: '/run/state',
      },
    };
    const measure =
      (task: SeatTask): Measure =>
      async () =>
        (await worker.measure(task)).ms;
    const name = 'X, then the same window in C';
    const nextName = 'the end of X, then both again';
    const sides = await measureInTurn(
      runs,
      new Map([
        ['ldm-seat', measure(seat)],
        [name, measure({ ...seat, way: 'in-turn', command: window, env: {} })],
        ['after a session', measure({ ...seat, untilNext: true })],
        [nextName, measure({ ...seat, way: 'in-turn', command: window, env: {}, untilNext: true })],
      ]),
    );
    worker.stop();
    const [first, other, next, otherNext] = sides;
    if (first === undefined || other === undefined || next === undefined || otherNext === undefined) return [];
    const wanted = { ratio: 'at most', limit: 1.15 } as const;
    return [
      { what: 'Seat: from its start to the window', unit: 'ms', ours: first, other, wanted },
      { what: 'Seat: from the end of a session to the next window', unit: 'ms', ours: next, other, wanted },
      { what: 'Seat: the same, beside one that ends X too', unit: 'ms', ours: next, other: otherNext, wanted },
    ];
  } finally {
    await host.stop();
  }
}

/** Xorg with a driver that draws into memory; Xvfb where that is missing. */
function serverCommand(): string[] {
  if (missingForXorg !== undefined) return ['Xvfb', '-screen', '0', `${size.width}x${size.height}x24`];
  // Its files are where the host sees them too.
  const [, options] = xorg(size, join(checkout, 'node_modules/.cache/bench'));
  return ['/usr/lib/xorg/Xorg', ...options];
}
