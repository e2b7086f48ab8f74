import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { pause } from '../ui/support/wait.js';
import { hasFileSystem, missingForDrives } from './support/client-drives.js';
import { ada, ben, DriveSessions } from './support/drive-sessions.js';
import { missingForCluster } from './support/missing.js';
import { until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const owned = 'ls -A "$HOME" | grep -x Drives || echo none';

requireOrSkip(missingForCluster ?? missingForDrives, 'The drives of a client', () => {
  const cluster = useCluster({
    servers: [{ name: 's1' }, { name: 's2' }, { name: 's3', config: ['MaxSessions 1'] }],
    accounts: [ada, ben],
  });
  const sessions = DriveSessions.use(cluster);

  beforeAll(async () => {
    await sessions.drives.make('stick', 'ext4', 'Photos');
    await sessions.server('s2').sh('mkdir -p /etc/ldm; touch /etc/ldm/no-drives');
  });

  it('are folders of the session within 3 s, to read and to write, with their labels', async () => {
    const login = await sessions.start();
    const began = performance.now();
    await sessions.drives.putIn('stick');
    await sessions.appears(login);
    // On a busy machine everything takes longer; the log has what ldm itself needs.
    expect(performance.now() - began).toBeLessThan(20_000);
    const write =
      'cd ~/Drives/Photos && mkdir -p b && cp /bin/ls b/ls && echo hello >a && mv a c && ! ln -s c l 2>/dev/null';
    expect(await sessions.asUser(`${write}; cmp b/ls /bin/ls && cat c && chmod 700 b && stat -c %a:%U b c`)).toBe(
      'hello\n700:ada\n644:ada\n',
    );
    // What file managers show, and offer to unmount.
    const shown = await sessions.asUser('gio mount -li');
    expect(shown).toMatch(/^Mount\(0\): Photos -> file:\/\/.*\/Drives\/Photos\n(.*\n)*.*can_unmount=1\n/);
    // What was closed is on the medium, while it is still mounted.
    await until('the sync', async () => (await sessions.drives.look('stick', 'cat c; cmp b/ls /bin/ls')) === 'hello\n');
    login.signal('SIGTERM');
    await login.done;
    await sessions.unmounted(login);
    expect(login.stderr()).toMatch(/info drive-opened drive=Photos server=s1 ms=\d+\n/);
    expect(await sessions.drives.look('stick', 'ls; cat c')).toBe('b\nc\nlost+found\nhello\n');
    expect(await sessions.asUser(owned)).toBe('none\n');
  });

  it('that are there already appear with the session, and leave with it on both sides', async () => {
    await sessions.drives.putIn('stick');
    expect(await sessions.drives.mounts()).toEqual([]);
    const login = await sessions.start({ script: 'until [ -d ~/Drives/Photos/lost+found ]; do sleep 0.1; done' });
    const { code } = await login.done;
    expect(code).toBe(0);
    expect(login.stderr()).toContain('info drive-closed drive=Photos server=s1 reason=session-end');
    await sessions.vanishes(login);
    expect(await sessions.drives.mounts()).toEqual([]);
    await until('no folder', async () => (await sessions.asUser(owned)) === 'none\n');
  });

  it.each(['fusermount3 -u', 'umount', 'gio mount -u'])(
    'leave by eject (%s), and come back when they are put in again',
    async (unmount) => {
      await sessions.drives.putIn('stick');
      const login = await sessions.start();
      await sessions.appears(login);
      expect(await sessions.asUser(`echo ejected >~/Drives/Photos/e && ${unmount} ~/Drives/Photos`)).toBe('');
      await sessions.says(login, /drive-closed drive=Photos server=s1 reason=ejected/);
      expect(await sessions.drives.mounts()).toEqual([]);
      expect(await sessions.drives.look('stick', 'cat e')).toBe('ejected\n');
      await sessions.drives.pullOut('stick');
      // Long enough for it to be missed.
      await pause(3_000);
      expect(await sessions.shown()).toEqual([]);
      await sessions.drives.putIn('stick');
      await sessions.appears(login);
      expect(login.stderr()).not.toContain('warn ');
    },
  );

  it('that are pulled out while they are written leave at once, and it is said', async () => {
    await sessions.drives.make('torn', 'ext4', 'Torn', 400);
    await sessions.drives.putIn('torn');
    const login = await sessions.start();
    await sessions.appears(login, 'Torn');
    const write = sessions.asUser('cd ~/Drives/Torn && while cat /bin/ls; do :; done >big');
    await until('a file', async () => /^[1-9]/.test(await sessions.asUser('stat -c %s ~/Drives/Torn/big 2>/dev/null')));
    await sessions.drives.tear('torn');
    await sessions.says(
      login,
      /warn drive-unfinished drive=Torn server=s1\n(.*\n)*info drive-closed drive=Torn .*pulled/,
    );
    await sessions.vanishes(login);
    await write;
    expect(await sessions.asUser(owned)).toBe('none\n');
    login.signal('SIGTERM');
    expect((await login.done).stderr).not.toContain('drive-failed');
  });

  it('that are pulled out when all is written leave without a warning', async () => {
    await sessions.drives.putIn('stick');
    const login = await sessions.start();
    await sessions.appears(login);
    await sessions.asUser('echo kept >~/Drives/Photos/k');
    await until('the sync', async () => (await sessions.drives.look('stick', 'cat k')) === 'kept\n');
    // It is on the medium before its program has ended and sshfs has closed it.
    await pause(4_000);
    await sessions.drives.pullOut('stick');
    await sessions.says(login, /drive-closed drive=Photos server=s1 reason=pulled/);
    await sessions.vanishes(login);
    expect(login.stderr()).not.toContain('warn ');
  });

  it('belong to the user alone: no other user, not even root, looks in', async () => {
    await sessions.drives.putIn('stick');
    const login = await sessions.start();
    await sessions.appears(login);
    await sessions.server().sh('chmod 711 ~ada ~ada/Drives');
    expect(await sessions.asUser('ls ~ada/Drives/Photos', ben)).toContain('Permission denied');
    const { stderr } = await sessions.server().run(['sh', '-c', 'ls ~ada/Drives/Photos']);
    expect(stderr).toContain('Permission denied');
    // Another screen of the same client, for another user.
    const other = await sessions.start({ who: ben });
    await pause(2_000);
    expect(await sessions.shown(ben)).toEqual(['Photos']);
    expect(await sessions.asUser(owned, ben)).toBe('none\n');
    expect(other.stderr()).not.toContain('drive');
  });

  it('of an ldm that was killed are unmounted by the next one, and on the server at once', async () => {
    await sessions.drives.putIn('stick');
    const killed = await sessions.start();
    await sessions.appears(killed);
    killed.signal('SIGKILL');
    await killed.done;
    await sessions.vanishes(killed);
    expect(await sessions.drives.mounts()).toHaveLength(1);
    const next = await sessions.start();
    await sessions.says(next, /drive-opened|drive-closed/);
    await sessions.appears(next);
    expect(await sessions.drives.mounts()).toHaveLength(1);
  });

  it('come back where sshfs was killed and has left a dead mount', async () => {
    await sessions.drives.putIn('stick');
    const login = await sessions.start();
    await sessions.appears(login);
    // Together with the shell that would clean up, and so that neither sees the other's end.
    const both = "-u ada -f '^(/bin/sh -s ldm-drive|sshfs )'";
    await sessions.server().sh(`pkill -STOP ${both}; pkill -KILL ${both}`);
    await sessions.says(login, /warn drive-failed drive=Photos/);
    expect(await sessions.asUser('ls ~/Drives/Photos')).toContain('endpoint is not connected');
    await sessions.drives.pullOut('stick');
    await pause(3_000);
    await sessions.drives.putIn('stick');
    await until('the drive', async () => (await sessions.asUser('ls ~/Drives/Photos')).includes('lost+found'), 60_000);
  });

  it('fill no memory while much is written', async () => {
    await sessions.drives.make('large', 'ext4', 'Große Fotos', 400);
    await sessions.drives.putIn('large');
    const login = await sessions.start();
    await sessions.appears(login, 'Große Fotos');
    await sessions.asUser('dd if=/dev/zero of="$HOME/Drives/Große Fotos/zeros" bs=1M count=150 2>/dev/null');
    const pid = (await cluster().client.sh('pgrep -u _ldm -o node || pgrep -u _ldm -o ldm')).trim();
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(await cluster().client.read(`/proc/${pid}/status`)) ?? [];
    expect(Number(kilobytes)).toBeGreaterThan(10_000);
    expect(Number(kilobytes)).toBeLessThan(180_000);
  });

  it('are told of on the desktop: when they can be taken out, and when something is lost', async () => {
    const recorder = '#!/bin/sh\necho "$DBUS_SESSION_BUS_ADDRESS $*" >>/tmp/notices\n';
    const bin = '/usr/local/bin';
    await sessions.server().write('/run/notice', recorder, 0o755);
    await sessions.server().sh(`mount -t tmpfs -o mode=755 tmpfs ${bin}; cp -p /run/notice ${bin}/notify-send`);
    const notices = (): Promise<string> => sessions.server().read('/tmp/notices');
    await sessions.drives.putIn('stick');
    // ldm starts a bus for the session, unless the server's own session does (dbus-x11).
    const bus = '[ -n "$DBUS_SESSION_BUS_ADDRESS" ] || export DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/bus';
    const login = await sessions.start({ script: `${bus}; echo "$DBUS_SESSION_BUS_ADDRESS" >/tmp/bus-is; sleep 600` });
    await sessions.appears(login);
    const headline = `${(await sessions.server().read('/tmp/bus-is')).trim()} --icon=drive-removable-media -- Photos`;
    await sessions.asUser('umount ~/Drives/Photos');
    await until('a notice', async () => (await notices()) === `${headline} You can take out the drive now.\n`, 30_000);
    await sessions.server().sh('rm /tmp/notices');
    await sessions.drives.pullOut('stick');
    await pause(3_000);
    await sessions.drives.putIn('stick');
    await sessions.appears(login);
    const open = sessions.asUser('exec 3>~/Drives/Photos/open; echo x >&3; sleep 20');
    await until('a file', async () => (await sessions.asUser('cat ~/Drives/Photos/open')) === 'x\n', 30_000);
    await sessions.drives.pullOut('stick');
    const lost = 'The drive was taken out before everything was saved on it. Files may be damaged.';
    await until('a notice', async () => (await notices()) === `${headline} ${lost}\n`, 30_000);
    login.signal('SIGTERM');
    await open;
    await sessions.server().sh(`umount ${bin}`);
  });

  it('never cover files of the user', async () => {
    await sessions.asUser('mkdir -p ~/Drives/Photos && echo mine >~/Drives/Photos/mine');
    await sessions.drives.putIn('stick');
    const login = await sessions.start();
    await sessions.appears(login, 'Photos 2');
    expect(await sessions.asUser('cat ~/Drives/Photos/mine; rm -r ~/Drives/Photos')).toBe('mine\n');
  });

  it.each([
    ['s2', 'the server forbids drives (/etc/ldm/no-drives)'],
    ['s3', 'command-refused: (SSH) Channel open failure: '],
  ])('are missing on a server that forbids them (%s), and the session goes on', async (name, problem) => {
    await sessions.drives.putIn('stick');
    const login = await sessions.start({ name });
    await sessions.says(login, /drive-closed drive=Photos server=s\d reason=failed/);
    expect(login.stderr()).toContain(`warn drive-failed drive=Photos server=${name} problem="${problem}`);
    expect(await sessions.drives.mounts()).toEqual([]);
    expect(await sessions.asUser(owned, ada, name)).toBe('none\n');
  });

  it('are missing on a server without sshfs', async () => {
    await sessions
      .server()
      .sh('mkdir -p /run/nothing; touch /run/nothing/x; mount --bind /run/nothing/x /usr/bin/sshfs');
    try {
      await sessions.drives.putIn('stick');
      const login = await sessions.start();
      await sessions.says(login, /warn drive-failed drive=Photos server=s1 problem="the server has no sshfs"/);
    } finally {
      await sessions.server().sh('umount /usr/bin/sshfs');
    }
  });

  it('stay out where the setting is off', async () => {
    await sessions.drives.putIn('stick');
    const login = await sessions.start({ env: { LOCALDEV: 'no' } });
    await pause(2_000);
    expect(await sessions.drives.mounts()).toEqual([]);
    expect(login.stderr()).not.toContain('drive');
  });

  it.runIf(hasFileSystem('vfat'))('may have the file system of most sticks (FAT)', async () => {
    await sessions.drives.make('fat', 'vfat', 'FATSTICK');
    await sessions.drives.putIn('fat');
    const login = await sessions.start();
    await sessions.appears(login, 'FATSTICK');
    expect(await sessions.asUser('cp /bin/ls ~/Drives/FATSTICK/ && cmp /bin/ls ~/Drives/FATSTICK/ls')).toBe('');
  });
});
