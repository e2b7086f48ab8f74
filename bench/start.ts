import { existsSync } from 'node:fs';
import { checkout, startHost } from '../test/cluster/support/host.js';
import { bareWindow } from './bare-programs.js';
import { placeServers, serverAddresses, startScreen } from './client-host.js';
import { startWorker } from './client-worker.js';
import { skipped } from './compiled.js';
import { type Measure, measureInTurn, type Side } from './measure.js';
import type { Row } from './report.js';
import { compiledWindow, contentOfWindow } from './same-window.js';
import type { WindowTask } from './task.js';

/** ms after which a program with a window has its final size in memory. */
const restMs = 3_000;
const memoryRuns = 3;
const lightdm = '/usr/sbin/lightdm-gtk-greeter';

interface Contender {
  readonly name: string;
  readonly task: WindowTask;
}

/** From the start of the program to its window, and its memory. With 30 servers, 10 of them silent. */
export async function startRows(runs: number): Promise<Row[]> {
  const host = await startHost('client');
  try {
    await placeServers(host);
    const screen = await startScreen(host);
    const worker = startWorker(host, screen);
    // Node would read these certificates at each start, for 30 ms; a login screen has none.
    const env = { LDM_SERVER: serverAddresses(30, 3).join(' '), LDM_STATE_DIR: '/run/state', NODE_EXTRA_CA_CERTS: '' };
    const contenders: Contender[] = [
      { name: 'ldm', task: { do: 'start-window', command: [`${checkout}/bin/ldm`], env } },
      ...otherContenders(),
    ];
    const measures = (of: (task: WindowTask) => Measure): Map<string, Measure> =>
      new Map(contenders.map(({ name, task }) => [name, of(task)]));
    const shown = await measureInTurn(
      runs,
      measures((task) => async () => (await worker.measure(task)).ms),
    );
    const held = await measureInTurn(
      memoryRuns,
      measures(
        (task) => async () => (await worker.measure({ ...task, memoryAfterMs: restMs })).megabytes ?? Number.NaN,
      ),
    );
    worker.stop();
    return [
      ...rowsOf('Start to the window on the screen, 10 of 30 servers silent', 'ms', shown, {
        ratio: 'at most',
        limit: 2,
      }),
      ...rowsOf('Memory at the login screen, as if alone on the machine', 'MB', held, { value: 'at most', limit: 95 }),
    ];
  } finally {
    await host.stop();
  }
}

function rowsOf(what: string, unit: Row['unit'], [ours, ...others]: readonly Side[], wanted?: Row['wanted']): Row[] {
  if (ours === undefined) return [];
  const alone = { what, unit, ours, ...(wanted && { wanted }) };
  return others.length === 0
    ? [alone]
    : others.map((other, at) => (at === 0 ? { ...alone, other } : { what, unit, ours, other }));
}

/** The same window in C, and the greeter of LightDM, if they are available. A missing one is reported. */
function otherContenders(): Contender[] {
  const others: Contender[] = [];
  const command = compiledWindow();
  if (command !== undefined) {
    others.push({ name: 'the same window in C', task: { do: 'start-window', command, env: {} } });
  }
  const bare = {
    do: 'start-window',
    command: bareWindow(contentOfWindow()),
    env: { NODE_EXTRA_CA_CERTS: '' },
  } as const;
  others.push({ name: 'two bare Nodes, one with this window', task: bare });
  if (!existsSync(lightdm)) skipped('lightdm-gtk-greeter', 'it is not installed');
  else {
    const task = { do: 'start-window', command: [lightdm], env: {}, pipes: 'lightdm' } as const;
    others.push({ name: 'lightdm-gtk-greeter, without its daemon', task });
  }
  return others;
}
