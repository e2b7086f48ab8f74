import { type ChildProcess, execFile, fork } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultLooks, type ServerRow, type ToGreeter } from '../src/protocol/greeter-messages.js';
import { checkout } from '../test/cluster/support/host.js';
import { type Desktop, fullHd, startDesktop } from '../test/ui/support/desktop.js';
import { askUser, emptyView, serverRow } from '../test/ui/support/greeter.js';
import { press } from '../test/ui/support/hands.js';
import { compiled } from './compiled.js';
import { measureInTurn, pause } from './measure.js';
import type { Row } from './report.js';

const run = promisify(execFile);
const sizes = { many: 1_000, few: 20 };
const presses = 300;
/** As often as `ldm` sends the answers that have come (src/greeter/current-dependencies.ts). */
const updateMs = 50;
/** Answers in each update: a thousand servers answer within some two seconds. */
const answersEach = 25;
const patienceMs = 20_000;
/** Times the longest gap with a few servers. */
const wanted = { ratio: 'at most', limit: 2 } as const;

/**
 * The longest time without a frame while the user scrolls through the server dialog by keyboard and ratings arrive, with
 * a thousand servers and with a few.
 */
export async function serverDialogRows(runs: number): Promise<Row[]> {
  const frames = compiled('frames', 'x11', 'xdamage', 'xtst');
  if (frames === undefined) return [];
  const desktop = await startDesktop(fullHd);
  try {
    const measures = (count: number) => async () => {
      const gaps = await gapsWith(desktop, frames, count);
      return Math.max(...gaps);
    };
    const [many, few] = await measureInTurn(
      runs,
      new Map([
        ['ldm', measures(sizes.many)],
        [`${sizes.few} servers`, measures(sizes.few)],
      ]),
    );
    if (!many || !few) throw new Error('a side is missing');
    const what = `Server dialog with ${sizes.many} servers: longest gap between frames while it scrolls and ratings arrive`;
    return [{ what, unit: 'ms', ours: many, other: few, wanted }];
  } finally {
    await desktop.stop();
  }
}

/** ms between frames. */
async function gapsWith(desktop: Desktop, frames: string, count: number): Promise<number[]> {
  const greeter = fork(join(checkout, 'dist/greeter.cjs'), [JSON.stringify(defaultLooks)], {
    // Without the accessibility bus, as on most clients.
    env: { ...desktop.env, NO_AT_BRIDGE: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
    execArgv: [],
  });
  let round = 0;
  let rows = Array.from({ length: count }, (_, at) => rowOf(at, 0));
  const send = (message: ToGreeter): void => void greeter.send(message);
  const show = (): void => send({ type: 'servers', choice: { mode: 'server', name: nameOf(0) }, asking: true, rows });
  try {
    await said(greeter, 'ready');
    send({ type: 'view', view: { ...emptyView, question: askUser } });
    show();
    // Keys before the window has the focus are lost, on a busy machine.
    await pause(1_500);
    await press(desktop, 'alt+p');
    await pause(500);
    await press(desktop, 's');
    await run('xdotool', ['search', '--sync', '--onlyvisible', '--name', '^Select Server$'], {
      env: desktop.env,
      timeout: patienceMs,
    });
    await pause(1_000);
    const updates = setInterval(() => {
      round += 1;
      const first = (round * answersEach) % count;
      rows = rows.map((row, at) => ((at - first + count) % count < answersEach ? rowOf(at, round) : row));
      show();
    }, updateMs);
    const turn = Math.min(presses, count - 1);
    const { stdout } = await run(frames, [String(presses), String(turn)], { env: desktop.env });
    clearInterval(updates);
    const times = stdout.trim().split('\n').map(Number);
    if (times.length < presses / 10) throw new Error(`the dialog drew ${times.length} times`);
    return times.slice(1).map((time, at) => time - (times[at] ?? 0));
  } finally {
    greeter.kill();
  }
}

function rowOf(at: number, round: number): ServerRow {
  return serverRow(nameOf(at), { rating: (at * 7 + round * 13) % 101, sessions: (at + round) % 40 });
}

const nameOf = (at: number): string => `app${String(at).padStart(4, '0')}.school.example`;

function said(greeter: ChildProcess, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    greeter.once('exit', () => reject(new Error('the greeter has ended')));
    greeter.on('message', (message: { readonly type?: string }) => {
      if (message.type === type) resolve();
    });
  });
}
