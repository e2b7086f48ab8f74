import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parseServerInfo, type ServerInfo } from '../../src/protocol/info-service.js';
import { type BuiltLdminfod, buildLdminfod } from '../support/ldminfod-build.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { hashAccounts, homeOf } from './support/accounts.js';
import { type Host, startHost } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { type Sshd, sshdLog, startSshd } from './support/sshd.js';

/** Opens connections to the ssh port that say nothing, and keeps them until it is ended. */
const waitingLogins = (count: number): string[] => [
  'bash',
  '-c',
  `for n in $(seq ${count}); do exec {fd}<>/dev/tcp/127.0.0.1/22; done; echo open; exec sleep 60`,
];

requireOrSkip(missingForCluster, 'beside a real sshd, ldminfod', () => {
  let built: BuiltLdminfod;
  let host: Host;
  let sshd: Sshd;
  const running: Running[] = [];

  beforeAll(async () => {
    built = await buildLdminfod();
    host = await startHost('server');
    const accounts = await hashAccounts([{ name: 'anna', password: 'secret' }]);
    sshd = await startSshd(host, accounts, { config: ['AuthorizedKeysFile /etc/ssh/anna.pub', 'MaxStartups 100'] });
    const home = accounts.map(homeOf).join('');
    await host.sh(`ssh-keygen -q -N '' -t ed25519 -f ${home}/key && install -m 644 ${home}/key.pub /etc/ssh/anna.pub`);
    // As its unit runs it: with no rights, and so without a look at other users' processes beyond their titles.
    for (const file of ['bin/ldminfod', 'dist/ldminfod.cjs']) {
      await host.write(
        `/run/ldminfod/${file}`,
        await readFile(join(dirname(built.program), '..', file), 'utf8'),
        0o755,
      );
    }
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--'];
    const nobodyHasNode = (await host.run([...asNobody, 'node', '--version'])).code === 0;
    host.start([...(nobodyHasNode ? asNobody : []), '/run/ldminfod/bin/ldminfod', '--capacity', '20'], {
      timeoutMs: 300_000,
    });
    await until('ldminfod listens', () => host.listens(9571));
  });
  afterAll(async () => {
    await host.stop();
    await built.remove();
  });
  afterEach(async () => {
    for (const one of running.splice(0)) {
      one.signal('SIGKILL');
      await one.done;
    }
    await until('all have left', async () => {
      const { running: sessions, pending } = await answer();
      return sessions === 0 && pending === 0;
    });
  });

  async function answer(): Promise<ServerInfo> {
    const { stdout } = await host.run(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/9571; cat <&3']);
    const info = parseServerInfo(stdout);
    if (info === undefined) throw new Error('no answer');
    return info;
  }
  const logIn = (): Running => {
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
    const one = host.start([
      ...['ssh', '-i', '/run/home/40000/key', ...options, 'anna@127.0.0.1'],
      'echo in; exec sleep 60',
    ]);
    running.push(one);
    return one;
  };

  it('rates an idle server by its load alone, and says that ssh is up', async () => {
    expect(await answer()).toMatchObject({ running: 0, pending: 0, capacity: 20, sshDown: false, draining: false });
  });

  it('lowers the rating with the very connection of a login, before anybody has signed in', async () => {
    const connections = host.start(waitingLogins(5));
    running.push(connections);
    await until('they are open', () => connections.stdout() === 'open\n');
    await until('sshd has taken them', async () => (await answer()).pending === 5);
    const info = await answer();
    expect(info.running).toBe(0);
    expect(info.rating).toBeLessThanOrEqual(75);
  });

  it('tells those who signed in from those who do not yet', async () => {
    const sessions = [logIn(), logIn(), logIn()];
    await until('they are in', () => sessions.every((one) => one.stdout() === 'in\n'));
    const connections = host.start(waitingLogins(2));
    running.push(connections);
    await until('both are counted', async () => {
      const { running: sessions, pending } = await answer();
      return sessions === 3 && pending === 2;
    });
    expect((await answer()).rating).toBeLessThanOrEqual(75);
  });

  it('is 0 when full', async () => {
    const connections = host.start(waitingLogins(9));
    const sessions = Array.from({ length: 11 }, logIn);
    running.push(connections);
    await until('they are in', () => sessions.every((one) => one.stdout() === 'in\n'));
    await until('it is full', async () => (await answer()).rating === 0);
    expect(await answer()).toMatchObject({ running: 11, pending: 9, draining: false });
  });

  it('says that ssh is down when nothing listens, keeps counting who is still there, and never connects to it', async () => {
    const session = logIn();
    await until('it is in', () => session.stdout() === 'in\n');
    await sshd.stopListening();
    await until('ssh is down', async () => (await answer()).sshDown);
    expect(await answer()).toMatchObject({ rating: 0, running: 1, pending: null });
    const logged = () => host.read(sshdLog).then((log) => log.split('Connection from').length);
    await sshd.start();
    const before = await logged();
    await until('ssh is up', async () => !(await answer()).sshDown);
    for (let count = 0; count < 5; count += 1) await answer();
    expect(await logged()).toBe(before);
  });
});
