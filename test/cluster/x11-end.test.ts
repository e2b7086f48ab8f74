import { beforeAll, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const first: Account = { name: 'ada', password: 'correct horse' };
const second: Account = { name: 'ben', password: 'battery staple' };

/** What of one session is left for the next user of the client. */
requireOrSkip(missingForCluster, 'X11 after a session', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }], accounts: [first, second] });
  beforeAll(() => cluster().startX());
  let before: string[];
  beforeEach(async () => {
    before = await clients();
  });

  /** The clients of the display, as itself tells them. */
  const clients = async (): Promise<string[]> => {
    const env = { DISPLAY: cluster().environment.DISPLAY ?? '', XAUTHORITY: cluster().environment.XAUTHORITY ?? '' };
    const { stdout } = await cluster().client.run(['xlsclients', '-l'], { env });
    return stdout.split('\n').filter((line) => line.includes('Name: '));
  };
  const start = (who: Account, command: string): Running =>
    cluster().startLogin(who, [command], { args: ['--server', 's1'] });
  /** A desktop, which is what its Xsession says. */
  const startDesktop = async (xsession: string): Promise<Running> => {
    await cluster().server('s1').host.write('/etc/X11/Xsession', `#!/bin/sh\n${xsession}\n`, 0o755);
    const args = ['login', '--user', first.name, '--password-file', '-', '--server', 's1'];
    return cluster().startLdm(args, { input: `${first.password}\n` });
  };
  const sockets = () => cluster().client.sh("ss -Hxp state connected | grep -c 'X11-unix' || true");

  it.each([
    ['ends by itself', 'sleep 3; kill $!'],
    ['leaves a client behind that holds its output', 'sleep 3'],
    [
      'leaves a client behind that wants to stay',
      'setsid nohup xclock -name stays </dev/null >/dev/null 2>&1 & sleep 3',
    ],
  ])('no connection is left when it %s', async (_, rest) => {
    const login = await startDesktop(`xclock -name clock-of-ada & ${rest}`);
    await until('the clock is there', async () => (await clients()).some((line) => line.includes('clock-of-ada')));
    expect((await login.done).ms).toBeLessThan(15_000);
    await until('its clients are gone', async () => (await clients()).length === before.length, 10_000);
    await until('no socket', async () => Number(await sockets()) === 0, 5_000);
    await cluster().server('s1').host.sh('pkill -x xclock || true');
  });

  it('no connection is left when ldm is killed', async () => {
    const login = start(first, 'xclock -name clock-of-ada');
    await until('the clock is there', async () => (await clients()).some((line) => line.includes('clock-of-ada')));
    login.signal('SIGKILL');
    await login.done;
    await until('its clients are gone', async () => (await clients()).length === before.length, 10_000);
  });

  it('its cookie opens nothing of the next session, which has another', async () => {
    const lines: string[] = [];
    for (const who of [first, second]) {
      const login = start(who, 'xauth list "$DISPLAY"; sleep 1');
      await until('it has its cookie', () => /MIT-MAGIC-COOKIE-1/.test(login.stdout()));
      lines.push(login.stdout().trim());
      if (who === second) {
        // What the first user keeps of the last session, tried while the second one's is there.
        const display = lines[1]?.split(/\s+/)[0] ?? '';
        const cookie = lines[0]?.split(/\s+/).at(-1) ?? '';
        const tried = await cluster()
          .server('s1')
          .host.run([
            'sh',
            '-c',
            `cd /run; export XAUTHORITY=/run/stolen DISPLAY=localhost:10.0; touch $XAUTHORITY; xauth -q add ${display} . ${cookie}; xauth -q add localhost:10 . ${cookie}; xlsclients`,
          ]);
        expect(tried.code).not.toBe(0);
      }
      await login.done;
    }
    const cookies = lines.map((line) => line.split(/\s+/).at(-1));
    expect(new Set(cookies).size).toBe(2);
  });
});

requireOrSkip(missingForCluster, 'New keys in the middle of a session', () => {
  const cluster = useCluster({ servers: [{ name: 's1', config: ['RekeyLimit 1M'] }] });

  it('lose no byte of what the session says', async () => {
    const args = ['--no-x11', '--server', 's1'];
    const script = 'head -c 20000000 /dev/zero | tee /dev/stderr | sha1sum';
    const { code, stdout, stderr } = await cluster().login(first, [script], { args });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{40} /);
    expect(stderr.replace(/[^\0]/g, '').length).toBe(20_000_000);
    expect(await cluster().server('s1').host.read('/var/log/sshd.log')).toMatch(/rekey|set_newkeys/);
  });
});
