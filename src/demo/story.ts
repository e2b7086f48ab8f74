import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { orAfter } from '../shared/abort.js';
import { errorMessage } from '../shared/errors.js';
import type { Cluster } from './cluster/cluster.js';
import { desktopTitle } from './cluster/desktop.js';
import type { SshServer } from './cluster/ssh-server.js';
import { DemoError } from './demo-error.js';
import type { LdmProcess } from './ldm-process.js';
import { difference, type Picture } from './picture.js';
import type { DemoUser } from './scenarios.js';
import type { ScreenDriver } from './screen-driver.js';

export interface StoryOptions {
  readonly driver: ScreenDriver;
  readonly cluster: Cluster;
  readonly user: DemoUser;
  /** Starts `ldm greeter` on the screen that the driver are in front of. */
  readonly start: () => LdmProcess;
  /** Where the pictures go. */
  readonly folder: string;
  /** Takes one line for each step. */
  readonly say: (line: string) => void;
}

/** ms for one step. A machine that does other things besides is slow. */
const patienceMs = 30_000;
/** The part of the screen that a desktop's window changes at the least. */
const visible = 0.01;

/**
 * One login in automatic mode and one on a server chosen by hand, through the real windows, with the keyboard.
 * @throws {DemoError} naming the step at which something else happened
 */
export async function playStory(options: StoryOptions): Promise<void> {
  await mkdir(options.folder, { recursive: true });
  const first = await logIn(options, 'automatic');
  const other = options.cluster.servers.findLast((server) => server !== first);
  if (other === undefined) throw new DemoError('choose a server by hand', 'there is only one that takes logins');
  await logIn(options, other);
}

/** @returns the server that the session ran on */
async function logIn(options: StoryOptions, choice: 'automatic' | SshServer): Promise<SshServer> {
  const { driver, cluster, user, say } = options;
  const ldm = options.start();
  const diedEarly = ldm.ended.then((code) => {
    throw new Error(`ldm greeter ended with exit code ${code}`);
  });
  diedEarly.catch(() => {});
  const steps = new Steps(options, ldm, diedEarly);
  const byHand = choice !== 'automatic';

  let seen = await steps.take('The greeter is on the screen', async () => {
    await driver.waitForWindow('Login', patienceMs);
    return driver.waitForStillness(patienceMs);
  });
  const greeter = seen;
  if (byHand) seen = await chooseServer(steps, options, choice);
  else await steps.picture('greeter');

  seen = await steps.take(`User name ${user.name} typed, Return: it asks for the password`, async () => {
    await driver.type(user.name);
    const typed = await driver.waitForChange(seen, patienceMs);
    await driver.press('Return');
    return driver.waitForChange(typed, patienceMs);
  });
  await steps.picture(byHand ? 'password-chosen' : 'password');

  await steps.take('Password typed, Return: the greeter has gone', async () => {
    await driver.type(user.password);
    await driver.press('Return');
    await driver.waitForNoWindow('Login', patienceMs);
  });
  const server = await steps.take('The session runs on one server', async () => theOneServer(cluster, choice));
  const title = desktopTitle(server.address);
  const window = await steps.take(`Its window "${title}" is on the screen, through X11 forwarding`, async () => {
    const found = await driver.waitForWindow(title, patienceMs);
    const changed = difference(greeter, await driver.waitForStillness(patienceMs));
    if (changed < visible) throw new Error('the screen still looks like the greeter');
    return found;
  });
  await steps.picture(byHand ? 'session-chosen' : 'session');

  await steps.takeLast('The desktop closed: the session has ended, and ldm with it', async () => {
    await driver.killWindow(window);
    const code = await withTimeout(ldm.ended, patienceMs, 'the end of ldm greeter');
    if (code !== 0) throw new Error(`ldm greeter ended with exit code ${code}`);
    if (server.sessions() !== 0) throw new Error(`${server.address} still counts a session`);
  });
  say(byHand ? `The login went to the chosen server, ${server.address}.` : `Automatic mode took ${server.address}.`);
  return server;
}

async function chooseServer(steps: Steps, options: StoryOptions, server: SshServer): Promise<Picture> {
  const { driver, cluster } = options;
  await steps.take('Alt+P, S: Preferences > Select Server... shows the servers', async () => {
    const before = await driver.look();
    await driver.press('alt+p');
    await driver.waitForChange(before, patienceMs);
    await driver.press('s');
    await driver.waitForWindow('Select Server', patienceMs);
    // The dead one answers when its time is up.
    await driver.waitForStillness(patienceMs);
  });
  await steps.picture('select-server');
  await steps.take(`Alt+A unchecks Automatic, ${server.address} is chosen in the table`, async () => {
    const before = await driver.look();
    await driver.press('alt+a');
    const unchosen = await driver.waitForChange(before, patienceMs);
    const rowsDown = cluster.names.indexOf(server.address);
    await driver.press('Tab', 'Home', ...Array.from({ length: rowsDown }, () => 'Down'));
    await driver.waitForChange(unchosen, patienceMs);
  });
  await steps.picture('select-server-chosen');
  return steps.take('Alt+O: the greeter shows the choice', async () => {
    await driver.press('alt+o');
    await driver.waitForNoWindow('Select Server', patienceMs);
    return driver.waitForStillness(patienceMs);
  });
}

/** The server with the session; it counts itself which it has, so this is no matter of what the screen says. */
function theOneServer(cluster: Cluster, choice: 'automatic' | SshServer): SshServer {
  const [server, ...more] = cluster.servers.filter((one) => one.sessions() > 0);
  if (server === undefined || more.length > 0) {
    throw new Error(`sessions run on ${server === undefined ? 'no server' : 'more than one server'}`);
  }
  if (choice !== 'automatic' && server !== choice) {
    throw new Error(`it runs on ${server.address}, and ${choice.address} was chosen`);
  }
  return server;
}

/** Takes the steps of one login, says each, and gives up at the first that fails or when ldm ends too early. */
class Steps {
  readonly #options: StoryOptions;
  readonly #ldm: LdmProcess;
  readonly #diedEarly: Promise<never>;

  constructor(options: StoryOptions, ldm: LdmProcess, diedEarly: Promise<never>) {
    this.#options = options;
    this.#ldm = ldm;
    this.#diedEarly = diedEarly;
  }

  take<T>(step: string, action: () => Promise<T>): Promise<T> {
    return this.takeLast(step, () => Promise.race([action(), this.#diedEarly]));
  }

  /** The step in which ldm is to end. */
  async takeLast<T>(step: string, action: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      const result = await action();
      this.#options.say(`${step} (${((performance.now() - began) / 1000).toFixed(1)} s).`);
      return result;
    } catch (error) {
      await this.picture('failed').catch(() => {});
      throw new DemoError(step, errorMessage(error), this.#ldm.log());
    }
  }

  async picture(name: string): Promise<void> {
    await this.#options.driver.save(join(this.#options.folder, `${name}.png`));
  }
}

function withTimeout<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return orAfter(promise, ms, () => {
    throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
  });
}
