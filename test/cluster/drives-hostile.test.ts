import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { pause } from '../ui/support/wait.js';
import { missingForDrives } from './support/client-drives.js';
import { ada, DriveSessions } from './support/drive-sessions.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const hostile = readFileSync(fileURLToPath(new URL('./support/hostile-sshfs.py', import.meta.url)), 'utf8');
const secret = 'the secret of the client';
const sshfs = '/usr/bin/sshfs';
/** What is on the stick: files, and everything that could lead into the client. */
const bait = `
  echo kept >kept; echo bait >bait; mkdir folder; chmod 777 . kept bait folder; chown -R "$(id -u _ldm)" kept bait folder
  ln -s /run/ldm-home/secret to-secret; ln -s /etc to-etc; ln -s / to-root; ln -s ../../../../.. up; ln -s /proc/self/fd to-proc
  mknod memory c 1 5; mknod terminal c 5 0; mkfifo pipe; chmod 666 memory terminal pipe`;

requireOrSkip(missingForCluster ?? missingForDrives, 'A hostile server', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }], accounts: [ada] });
  const sessions = DriveSessions.use(cluster);

  beforeAll(async () => {
    const { host } = cluster().server('s1');
    await host.write('/run/hostile/sshfs', hostile, 0o755);
    await host.sh(`chmod 777 /run/hostile; mount --bind /run/hostile/sshfs ${sshfs}`);
    await cluster().client.sh(`echo '${secret}' >/run/ldm-home/secret; chown _ldm /run/ldm-home/secret`);
    await sessions.drives.make('bait', 'ext4', 'Bait');
    await sessions.drives.look('bait', bait);
  });
  afterAll(() => cluster().server('s1').host.run(['umount', sshfs]));

  /** A session on a server that does this. */
  const attack = async (mode: string): Promise<Running> => {
    await sessions.server().sh(`echo ${mode} >/run/hostile/mode; rm -f /run/hostile/answers`);
    await sessions.drives.putIn('bait');
    return sessions.start({ script: 'while sleep 0.1; do echo alive; done' });
  };
  const answers = (): Promise<string> => sessions.server().read('/run/hostile/answers');
  const goesOn = async (login: Running): Promise<void> => {
    const before = login.stdout().length;
    await until('the session goes on', () => login.stdout().length > before + 20, 60_000);
  };

  it('gets nothing of the client: no other path, no target of a link, no device, not many handles', async () => {
    const login = await attack('evil');
    await until('the attack', async () => /^end: attributes$/m.test(await answers()), 200_000).catch(async (error) => {
      throw new Error(`${String(error)}\n${await answers()}\n${login.stderr()}`);
    });
    const told = await answers();
    expect(told).toContain('names: bait folder kept lost+found to-etc to-proc to-root to-secret up\n');
    const of = (pattern: RegExp): string[] => told.split('\n').filter((line) => pattern.test(line));
    // Links may be told of, and nothing else is there.
    const gained = of(/: (handle|data|name|attributes|status 0)$/).filter(
      (line) => !/^kind 7 (to-secret|to-proc): attributes$|^end: attributes$|^fsetstat: status 0$/.test(line),
    );
    expect(gained).toEqual([]);
    expect(of(/^open /).length).toBeGreaterThan(50);
    expect(of(/^(symlink|hardlink|unknown|extension): /).every((line) => line.endsWith(': status 8'))).toBe(true);
    expect(of(/^(mode|owner|read|read far|opened of 10000): /)).toEqual([
      'mode: 0o100777',
      'owner: status 3',
      'read: 5 bytes',
      'read far: status 1',
      // Two are open already.
      'opened of 10000: 254',
    ]);
    await goesOn(login);
    const { client } = cluster();
    expect(await client.sh('cat /run/ldm-home/secret; stat -c %a /run/ldm-home/secret; ls /run/ldm-home')).toMatch(
      new RegExp(`^${secret}\n6\\d\\d\nsecret\n`),
    );
    login.signal('SIGTERM');
    expect((await login.done).stderr).not.toContain('error');
    await sessions.unmounted(login);
    expect(await sessions.drives.look('bait', 'cat bait kept; ls')).not.toContain('mine');
  }, 240_000);

  it.each([
    ['garbage', /drive-failed drive=Bait server=s1 problem="a packet of \d+ bytes"/],
    ['giant', /drive-failed drive=Bait server=s1 problem="a packet of 4294967280 bytes"/],
    ['short', /drive-failed drive=Bait server=s1 problem="a packet that ends too early"/],
  ])('that sends nonsense (%s) loses the drive, and the session goes on', async (mode, line) => {
    const login = await attack(mode);
    await sessions.says(login, line);
    await sessions.unmounted(login);
    await goesOn(login);
  });

  it('that asks without reading the answers fills no memory', async () => {
    const login = await attack('deaf');
    await sessions.says(login, /drive-opened/);
    await pause(3_000);
    const pid = (await cluster().client.sh('pgrep -u _ldm -o node || pgrep -u _ldm -o ldm')).trim();
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(await cluster().client.read(`/proc/${pid}/status`)) ?? [];
    expect(Number(kilobytes)).toBeGreaterThan(10_000);
    expect(Number(kilobytes)).toBeLessThan(250_000);
    login.signal('SIGTERM');
    await login.done;
    await sessions.unmounted(login);
  });

  it('that never speaks holds neither the session nor its end', async () => {
    const login = await attack('mute');
    await goesOn(login);
    login.signal('SIGTERM');
    await login.done;
    await sessions.unmounted(login);
  });
});
