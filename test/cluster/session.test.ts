import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

/** Login shells that read quoted text each in its own way; as many of them as there are. */
const shells = ['/bin/sh', '/bin/bash', '/usr/bin/tcsh', '/usr/bin/fish'].filter((shell) => existsSync(shell));
const accounts: readonly Account[] = shells.map((shell) => ({
  name: `of-${shell.split('/').at(-1)}`,
  password: 'x',
  shell,
}));
const [ada] = accounts as readonly [Account];
const nobody: Account = { name: 'nobody-yet', password: 'x', shell: '/usr/sbin/nologin' };

/** Tells what it was started with. */
const xsession = `#!/bin/sh
echo "arguments=$#"
[ $# -eq 0 ] || echo "session=$1"
for name in DESKTOP_SESSION XDG_CURRENT_DESKTOP XDG_SESSION_DESKTOP XDG_SESSION_TYPE XDG_SESSION_CLASS LANG \\
  LTSP_CLIENT LTSP_CLIENT_HOSTNAME DISPLAY PULSE_SERVER SANE_NET_HOSTS OF_MACHINE OF_USER; do
  eval "[ -z \\"\\$$name\\" ] || echo \\"$name=\\$$name\\""
done
echo "input=$(cat)"
echo "user=$(id -un)"
`;

requireOrSkip(missingForCluster, 'The desktop of a login', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }], accounts: [...accounts, nobody] });
  const host = () => cluster().server('s1').host;
  const home = '/run/home/40000';
  const login = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}, account = ada) =>
    cluster().ldm(['login', '--user', account.name, '--password-file', '-', '--no-x11', ...args], {
      env: { LDM_LOGLEVEL: '4', ...env },
      input: `${account.password}\n`,
    });

  beforeAll(async () => {
    // The machine's own /usr stays as it is: this is the host's alone.
    await host().sh(
      [
        'mkdir -p /run/over/new /run/over/work',
        'mount -t overlay overlay -o lowerdir=/usr/share,upperdir=/run/over/new,workdir=/run/over/work /usr/share',
        'rm -rf /usr/share/xsessions',
        'mkdir /usr/share/xsessions',
      ].join('\n'),
    );
    const session = (id: string, text: string) =>
      host().write(`/usr/share/xsessions/${id}.desktop`, `[Desktop Entry]\n${text}\n`);
    await session('mate', 'Name=MATE\nName[de]=MATE auf Deutsch\nExec=mate-session --x "a b"\nDesktopNames=MATE;');
    await session('xfce', 'Name=Xfce Session\nExec=startxfce4');
    await session('gone', 'Name=Gone\nExec=gone\nTryExec=/nowhere/gone');
    await host().write('/etc/X11/Xsession', xsession, 0o755);
  });

  it.each(accounts)('is the session that was named, in the environment of one, for $name', async (account) => {
    const { code, stdout, stderr } = await login(['--session', 'MATE', '--language', 'C.UTF-8'], {}, account);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'arguments=1',
      'session=mate-session --x "a b"',
      'DESKTOP_SESSION=mate',
      'XDG_CURRENT_DESKTOP=MATE',
      'XDG_SESSION_DESKTOP=mate',
      'XDG_SESSION_TYPE=x11',
      'XDG_SESSION_CLASS=user',
      'LANG=C.UTF-8',
      'LTSP_CLIENT=10.77.0.1',
      'LTSP_CLIENT_HOSTNAME=client',
      'input=',
      `user=${account.name}`,
      '',
    ]);
  });

  it.each(accounts)('finds what the profiles of machine and user say, for $name', async (account) => {
    const profile = `/run/home/${40_000 + accounts.indexOf(account)}/.profile`;
    await host().sh('cp /etc/profile /etc/profile.before; echo "export OF_MACHINE=1" >>/etc/profile');
    try {
      // The shell's own start-up files are not for sh; ~/.profile is, for every user.
      await host().write(profile, 'echo noise\nOF_USER="$OF_MACHINE and \'two\'"\nexport OF_USER\n. /nowhere\n');
      const { code, stdout, stderr } = await login([], {}, account);
      expect(code).toBe(0);
      expect(stdout).toContain(`OF_MACHINE=1\nOF_USER=1 and 'two'\n`);
      expect(stdout).not.toContain('noise');
      expect(stderr).toContain(`ldm: ${profile}: stopped before its end\n`);
    } finally {
      await host().sh(`mv /etc/profile.before /etc/profile; rm ${profile}`);
    }
  });

  it('is refused in the words of the server where the login shell is nologin', async () => {
    const { code, stdout } = await login([], {}, nobody);
    expect(code).toBe(1);
    expect(stdout).toMatch(/account is .*not available/);
  });

  it('is told the address of its own connection where the client is in two networks', async () => {
    const { client } = cluster();
    await client.write('/run/hooks/X10', '#!/bin/sh\necho "OF_USER=$LDMINFO_IPADDR"\n', 0o755);
    const before = 'ip addr flush dev eth0 scope global; ip -6 addr add fd77::1/64 dev eth0 nodad';
    await client.sh(`${before}; ip addr add 192.168.99.5/24 dev eth0; ip addr add 10.77.0.1/24 dev eth0`);
    try {
      const { stdout } = await login([], {
        SOUND: 'y',
        SOUND_DAEMON: 'tcp',
        SCANNER: 'y',
        LDM_HOOK_DIRS: '/run/hooks',
      });
      expect(stdout).toContain('LTSP_CLIENT=10.77.0.1\n');
      expect(stdout).toContain('PULSE_SERVER=tcp:10.77.0.1:4713\nSANE_NET_HOSTS=10.77.0.1\n');
      expect(stdout).toContain('OF_USER=10.77.0.1\n');
    } finally {
      await client.sh(`${before}; ip addr add 10.77.0.1/24 dev eth0`);
    }
  });

  it('is remembered on the server, and is the default of the next login', async () => {
    await host().sh(`rm -f ${home}/.dmrc`);
    await login(['--session', 'xfce', '--language', 'C.utf8']);
    expect(await host().read(`${home}/.dmrc`)).toBe('[Desktop]\nSession=xfce\nLanguage=C.UTF-8\n');
    expect((await host().sh(`stat -c '%U %a' ${home}/.dmrc; ls -A ${home}`)).trim()).toMatch(/^of-sh 644\n.dmrc/);
    const again = await login();
    expect(again.stdout).toContain('session=startxfce4\n');
    expect(again.stdout).toContain('LANG=C.UTF-8\n');
    expect(again.stderr).toBe('');
  });

  it('follows the administrator where it is forced, and where the user says nothing', async () => {
    await host().sh(`rm -f ${home}/.dmrc`);
    expect((await login([], { LDM_SESSION: 'xfce' })).stdout).toContain('session=startxfce4\n');
    expect((await login(['--session', 'xfce'], { LDM_FORCE_SESSION: 'mate' })).stdout).toContain(
      'DESKTOP_SESSION=mate',
    );
    expect(await host().read(`${home}/.dmrc`)).toBe('');
    await login(['--session', 'mate']);
    expect((await login([], { LDM_SESSION: 'xfce', LDM_LANGUAGE: 'C' })).stdout).toContain('DESKTOP_SESSION=mate\n');
    expect(await host().read(`${home}/.dmrc`)).toBe('[Desktop]\nSession=mate\n');
  });

  it.each([
    'Gone',
    'gone',
    'Nothing',
    `'; touch /tmp/never; '`,
    '$(touch /tmp/never)',
    '`touch /tmp/never`',
    '!!\\',
    '-x',
  ])('is the default where the server has no session %s, and that is said', async (name) => {
    await host().sh(`rm -f ${home}/.dmrc /tmp/never`);
    for (const account of accounts) {
      const { code, stdout, stderr } = await login([`--session=${name}`], {}, account);
      expect(code).toBe(0);
      expect(stdout).not.toContain('session=gone');
      expect(stderr).toBe(`ldm: this server has no session ${name}\n`);
    }
    expect(await host().read('/tmp/never')).toBe('');
    expect((await host().run(['test', '-e', '/tmp/never'])).code).toBe(1);
  });

  it('starts in a home that is full, and in one that is read-only', async () => {
    const small = `mount -t tmpfs -o size=8k,mode=777 none ${home}`;
    await host().sh(`${small}; printf '[Desktop]\\nSession=xfce\\n' >${home}/.dmrc; chown of-sh ${home}/.dmrc`);
    await host().sh(`head -c 100000 /dev/zero >${home}/filler 2>/dev/null || true`);
    try {
      const full = await login(['--session', 'MATE']);
      expect(full.stdout).toContain('DESKTOP_SESSION=mate\n');
      expect(full.stderr).toContain('~/.dmrc cannot be written');
      expect(await host().read(`${home}/.dmrc`)).toBe('[Desktop]\nSession=xfce\n');
      expect((await host().sh(`ls -A ${home}`)).split('\n').filter((name) => name.includes('ldm'))).toEqual([]);
      await host().sh(`rm ${home}/filler; mount -o remount,ro ${home}`);
      const fixed = await login(['--session', 'MATE']);
      expect(fixed.stdout).toContain('DESKTOP_SESSION=mate\n');
      expect(fixed.stderr).toContain('~/.dmrc cannot be written');
    } finally {
      await host().sh(`umount ${home}`);
    }
  });

  it('has its windows in a home that is full or read-only, where sshd can keep no cookie', async () => {
    await cluster().startX();
    const { DISPLAY = '', XAUTHORITY = '' } = cluster().environment;
    const desktop = '#!/bin/sh\nxdpyinfo >/dev/null && echo windows\necho "file $XAUTHORITY"\n';
    await host().write('/etc/X11/Xsession', desktop, 0o755);
    const withWindows = async (): Promise<string> => {
      const { stdout } = await cluster().ldm(['login', '--user', ada.name, '--password-file', '-'], {
        env: { DISPLAY, XAUTHORITY },
        input: `${ada.password}\n`,
      });
      return stdout;
    };
    expect(await withWindows()).toBe('windows\nfile \n');
    try {
      await host().sh(`mount -t tmpfs -o size=8k,mode=777 none ${home}; head -c 1M /dev/zero >${home}/filler || true`);
      expect(await withWindows()).toMatch(/^windows\nfile \/.*\/ldm-xauthority\.\w+\n$/);
      await host().sh(`rm ${home}/filler; mount -o remount,ro ${home}`);
      expect(await withWindows()).toMatch(/^windows\nfile \/.*\/ldm-xauthority\.\w+\n$/);
    } finally {
      await host().sh(`umount ${home}`);
      await host().write('/etc/X11/Xsession', xsession, 0o755);
    }
  });

  it('is ended with its exit code, and does not read the input of ldm', async () => {
    await host().write('/etc/X11/Xsession', '#!/bin/sh\ncat\nexit 7\n', 0o755);
    const { code, stdout } = await login();
    expect(code).toBe(7);
    expect(stdout).toBe('');
    await host().write('/etc/X11/Xsession', xsession, 0o755);
  });

  it('refuses line breaks in names, with code 64', async () => {
    expect((await login(['--session', 'a\nb'])).code).toBe(64);
    expect((await login(['--language', 'a\nb'])).code).toBe(64);
  });
});
