import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster/cluster.js';
import { type Desktop, desktopTitle, findDesktop } from '../../src/demo/cluster/desktop.js';
import { missingPrograms } from '../../src/demo/programs.js';
import { defaultScenario, findScenario } from '../../src/demo/scenarios.js';
import { createLog } from '../../src/shared/log/log.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Outcome, run, start, until } from './support/run.js';
import { startXvfb, type Xvfb } from './support/xvfb.js';

const ldm = fileURLToPath(new URL('../../bin/ldm', import.meta.url));
const alive = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

requireOrSkip(missingPrograms(['Xvfb', 'xdotool', ['xclock', 'xterm']]), 'the servers of the demo', () => {
  let folder: string;
  let screen: Xvfb;
  let cluster: Cluster;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-demo-test-'));
    screen = await startXvfb();
    const scenario = findScenario(defaultScenario);
    const desktop: Desktop | undefined = findDesktop(['xclock', 'xterm']);
    if (scenario === undefined || desktop === undefined) throw new Error('no scenario or no desktop');
    cluster = await startCluster(scenario, { folder, desktop, log: createLog(0, () => {}) });
  });

  afterAll(async () => {
    await cluster?.close();
    screen?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = (): Record<string, string> => ({
    ...cluster.environment,
    DISPLAY: screen.display,
    XAUTHORITY: screen.xauthority,
  });
  const words = (...rest: readonly string[]): string[] => [ldm, '--config', cluster.configFile, ...rest];
  const logIn = (password: string, ...rest: readonly string[]): Promise<Outcome> =>
    run(words('login', '--user', 'demo', '--password-file', '-', ...rest), { env: env(), input: `${password}\n` });
  /** Windows on the screen; waits for the first where asked to. */
  const windows = async (title: string, ...options: readonly '--sync'[]): Promise<string[]> => {
    const search = ['xdotool', 'search', ...options, '--onlyvisible', '--name', title];
    const found = await run(search, { env: env(), timeoutMs: 10_000 });
    return found.stdout.split('\n').filter((line) => line !== '');
  };
  const sessionsOn = (address: string): number | undefined =>
    cluster.servers.find((server) => server.address === address)?.sessions();

  it('are seen with their ratings, and the dead one as silent', async () => {
    const { stdout, code } = await run(words('servers', '--json'), { env: env() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: '127.0.0.2', state: 'up', rating: 85, sessions: 0, hostKey: 'known' },
      { name: '127.0.0.3', state: 'up', rating: 55, sessions: 0, hostKey: 'known' },
      { name: '127.0.0.5', state: 'down', reason: 'timeout', message: 'no answer in time', rating: null },
      { name: '127.0.0.4', state: 'up', rating: 20, sessions: 0, hostKey: 'known' },
    ]);
  });

  it('take an automatic login on one that lives', async () => {
    const { stdout, code } = await logIn('demo', '--no-x11', '--', 'hostname');
    expect(code).toBe(0);
    expect(alive).toContain(stdout.trim());
  });

  it('take a login on the server that was asked for', async () => {
    expect(await logIn('demo', '--no-x11', '--server', '127.0.0.4', '--', 'hostname')).toMatchObject({
      stdout: '127.0.0.4\n',
      code: 0,
    });
  });

  it('refuse a wrong password', async () => {
    expect((await logIn('wrong', '--no-x11', '--', 'true')).code).toBe(77);
  });

  it('run nothing that a client names', async () => {
    const proof = join(folder, 'ran');
    const outcome = await logIn('demo', '--no-x11', '--', `touch ${proof}`);
    expect(outcome.code).toBe(127);
    expect(outcome.stderr).toContain('runs nothing but');
    expect((await run(['test', '-e', proof])).code).toBe(1);
  });

  it('show a desktop through X11 forwarding, count it, and pass its end on', async () => {
    const title = desktopTitle('127.0.0.3');
    const login = start(words('login', '--user', 'demo', '--password-file', '-', '--server', '127.0.0.3'), {
      env: env(),
      input: 'demo\n',
    });
    expect(await windows(title, '--sync')).toHaveLength(1);
    expect(sessionsOn('127.0.0.3')).toBe(1);
    const { stdout } = await run(words('servers', '--json'), { env: env() });
    expect(JSON.parse(stdout)[1]).toMatchObject({ name: '127.0.0.3', sessions: 1 });

    await run(['xdotool', 'search', '--name', title, 'windowkill'], { env: env() });
    expect((await login.done).code).toBeLessThan(64);
    await until('the session is over', () => sessionsOn('127.0.0.3') === 0);
  });

  it('end the desktop when the connection ends', async () => {
    const title = desktopTitle('127.0.0.2');
    const login = start(words('login', '--user', 'demo', '--password-file', '-', '--server', '127.0.0.2'), {
      env: env(),
      input: 'demo\n',
    });
    expect(await windows(title, '--sync')).toHaveLength(1);
    login.signal('SIGKILL');
    await login.done;
    await until('the session is over', () => sessionsOn('127.0.0.2') === 0);
    expect(await windows(title)).toEqual([]);
  });
});
