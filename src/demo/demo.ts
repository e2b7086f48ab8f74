import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlessAborted } from '../shared/abort.js';
import { errorMessage } from '../shared/errors.js';
import { createLog, type Log } from '../shared/log/log.js';
import { type Cluster, startCluster } from './cluster/cluster.js';
import { type DesktopName, findDesktop } from './cluster/desktop.js';
import { DemoError } from './demo-error.js';
import { type LdmProcess, startLdm } from './ldm-process.js';
import { missingPrograms } from './programs.js';
import type { Scenario } from './scenarios.js';
import { ScreenDriver } from './screen-driver.js';
import { playStory } from './story.js';
import { startVirtualScreen } from './virtual-screen.js';

export interface DemoOptions {
  /** The program `ldm`. */
  readonly program: string;
  readonly scenario: Scenario;
  /** The display for a person to log in; undefined to run the demo by itself on a virtual screen. */
  readonly display: string | undefined;
  /** The directory for the pictures when the demo runs by itself. */
  readonly screenshots: string;
  /** Prints one line on the terminal. */
  readonly say: (line: string) => void;
  /** Takes the log of the servers and of the greeter, if a person logs in. */
  readonly log: (text: string) => void;
  /** Ends the demo and everything it started. */
  readonly signal: AbortSignal;
}

/** The preferred desktop: a terminal for a person, and a clock for the demo by itself, which has no input. */
const desktopFor: Readonly<Record<'person' | 'story', readonly DesktopName[]>> = {
  person: ['xterm', 'xclock'],
  story: ['xclock', 'xterm'],
};

/**
 * Runs a whole cluster on loopback, and the real greeter with it. Everything it starts or writes is removed when it returns,
 * however it ends.
 * @returns the exit code of `ldm greeter`; 0 when the demo has run by itself to its end
 * @throws {DemoError}
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const who = options.display === undefined ? 'story' : 'person';
  const desktop = findDesktop(desktopFor[who]);
  if (who === 'story' && !playsItself(options.scenario)) {
    throw new DemoError('log in', 'this scenario needs a person: set DISPLAY');
  }
  const needed = [...(who === 'story' ? storyPrograms : []), ...(options.scenario.lacks === 'clock' ? faketime : [])];
  const missing = missingPrograms([['xclock', 'xterm'], ...needed]);
  if (missing !== undefined || desktop === undefined) throw new DemoError('look for programs', missing ?? 'no desktop');

  const cleanups = new Cleanups();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ldm-demo-'));
    cleanups.add(() => rm(folder, { recursive: true, force: true }));
    const log: Log = createLog(who === 'person' ? 6 : 4, options.log);
    const cluster = await attempt('start the servers', () => startCluster(options.scenario, { folder, desktop, log }));
    cleanups.add(() => cluster.close());
    options.say(`A cluster on loopback: ${options.scenario.summary}.`);
    options.say(`Servers: ${cluster.names.join(', ')}.`);
    if (who === 'person') return await showToPerson(options, cluster, cleanups);
    await playItself(options, cluster, folder, cleanups);
    return 0;
  } finally {
    await cleanups.run();
  }
}

/** Whether the demo can run a scenario by itself: with two living servers, and a user who needs only a password. */
function playsItself({ servers, users: [user] }: Scenario): boolean {
  const living = servers.filter(({ kind }) => kind === 'ssh');
  return living.length >= 2 && user !== undefined && user.then === undefined;
}

const faketime = ['faketime'] as const;
const storyPrograms = ['Xvfb', 'xdotool', 'xwd', 'import'] as const;

async function showToPerson(options: DemoOptions, cluster: Cluster, cleanups: Cleanups): Promise<number> {
  const { program, scenario, say, log, signal } = options;
  for (const { name, password } of scenario.users) say(`Log in as user ${name} with password ${password}.`);
  say('Restart and Shut Down end the demo; so does Ctrl+C here.');
  const ldm = startLdm({ program, cluster, environment: {}, onLog: log });
  cleanups.add(() => ldm.end());
  const code = await attempt('run ldm greeter', () => unlessEnded(ldm.ended, signal));
  say(`The session has ended (exit code ${code}).`);
  return code;
}

async function playItself(options: DemoOptions, cluster: Cluster, folder: string, cleanups: Cleanups): Promise<void> {
  const { program, scenario, say, signal, screenshots } = options;
  const [user] = scenario.users;
  if (user === undefined) throw new DemoError('log in', 'the scenario has no users');
  const screen = await attempt('start Xvfb', () => startVirtualScreen(folder));
  cleanups.add(() => screen.end());
  say(`There is no DISPLAY, so the demo runs by itself on a virtual screen, ${screen.environment.DISPLAY}.`);
  const environment = {
    ...screen.environment,
    // Windows are found by their English names, and there is no accessibility bus.
    LC_ALL: 'C.UTF-8',
    LANGUAGE: '',
    NO_AT_BRIDGE: '1',
  };
  const start = (): LdmProcess => {
    const ldm = startLdm({ program, cluster, environment, onLog: () => {} });
    cleanups.add(() => ldm.end());
    return ldm;
  };
  const driver = new ScreenDriver(environment, signal);
  await unlessEnded(playStory({ driver, cluster, user, start, folder: screenshots, say }), signal);
  say(`Both sessions showed their window. Pictures are in ${screenshots}.`);
}

/** What has to be ended or removed, the latest first. */
class Cleanups {
  readonly #cleanups: (() => Promise<unknown>)[] = [];

  add(cleanup: () => Promise<unknown>): void {
    this.#cleanups.unshift(cleanup);
  }

  /** A cleanup that fails does not prevent the others. */
  async run(): Promise<void> {
    for (const cleanup of this.#cleanups) await cleanup().catch(() => {});
  }
}

async function attempt<T>(step: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw new DemoError(step, errorMessage(error));
  }
}

/** @throws {DOMException} `AbortError` at once when the signal comes */
function unlessEnded<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return unlessAborted(promise, signal, () => new DOMException('The demo was ended', 'AbortError'));
}
