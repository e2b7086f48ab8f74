import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shells, useDesktopServer } from '../support/desktop-server.js';

const generator = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator';

/** What profiles do to the shell that reads them, and the line on standard error that reports it. */
const mishaps: readonly (readonly [string, string, RegExp | undefined])[] = [
  ['exits', 'exit 3', /\.profile: stopped before its end\n$/],
  ['has a syntax error', 'files=(a b', /\.profile: stopped before its end\n$/],
  ['reads a file that is gone', '. "$HOME/.cargo/env"', /\.profile: stopped before its end\n$/],
  ['uses an unset variable under set -u', 'set -u; echo "$NOT_SET_ANYWHERE"', /\.profile: stopped before its end\n$/],
  ['fails under set -e', 'set -e; false', /\.profile: stopped before its end\n$/],
  ['becomes another shell', 'exec /bin/cat', undefined],
  ['asks a subshell', '[ "$(exec echo in)" = in ] || exit; exec 2>&1', undefined],
  ['returns', 'return 4', undefined],
  ['does not know a command', 'shopt -s nullglob_; [[ a == a* ]] && no-such-command', undefined],
  ['asks the user something', 'read answer; read answer; cat', undefined],
  ['sets options', 'set -efuC; set +e; set -a', undefined],
  ['changes how words are split', 'IFS=/e', undefined],
  ['changes to another directory', 'cd /', undefined],
  ['leaves a trap behind', `trap 'exit 9' EXIT TERM; trap '' HUP`, undefined],
  ['defines functions of any names', 'start() { exit 5; }; say() { exit 6; }; store() { exit 7; }', undefined],
  ['defines aliases', 'alias awk=false printf=false start=false command=false env=false', undefined],
  [
    'has variables of any names',
    'session=evil pick=failsafe xsession=/bin/false us=x sessions=x; export pick',
    undefined,
  ],
  ['leaves nothing of PATH', 'PATH=/nowhere', undefined],
  ['sends itself to a log', 'exec >"$HOME/log" 2>&1', undefined],
];

describe.each(shells)('a session that %s starts', (shell) => {
  const { path, write, program, desktop, start } = useDesktopServer(shell);
  beforeEach(() => desktop('xfce', 'Name=Xfce Session\nExec=startxfce4\nDesktopNames=XFCE;'));

  it('finds what the profiles export, the machine’s first and the user’s second', () => {
    write('etc/profile', 'export A=machine B=machine; NOT_EXPORTED=1');
    write('home/.profile', 'B=user C="$A and $B"; export B C');
    write('etc/xprofile', 'export D="$C, x"');
    write('home/.xprofile', 'export E="$D; \'x\'\n$(echo two) \\"lines\\""; umask 027; ulimit -c 0; unset SSH_ASKPASS');
    program('Xsession', 'printf "0\\0"; env -0; printf "UMASK=%s\\0LIMIT=%s\\0" "$(umask)" "$(ulimit -c)"');
    const { env, stderr } = start({}, { SSH_ASKPASS: 'x' });
    expect(stderr).toBe('');
    expect(env).toMatchObject({
      A: 'machine',
      B: 'user',
      C: 'machine and user',
      D: 'machine and user, x',
      E: `machine and user, x; 'x'\ntwo "lines"`,
      UMASK: '0027',
      LIMIT: '0',
    });
    expect(env).not.toHaveProperty('NOT_EXPORTED');
    expect(env).not.toHaveProperty('SSH_ASKPASS');
  });

  it.each(mishaps)('starts where ~/.profile %s', (_, text, said) => {
    write('home/.profile', `export BEFORE=1\necho some words\n${text}\n`);
    write('home/.dmrc', '[Desktop]\nSession=elsewhere\n');
    const { session, env, stdout, stderr, code } = start({ pick: 'named', 'pick-name': 'Xfce Session' });
    expect(stderr).not.toContain('cannot be written');
    expect(session).toEqual(['startxfce4']);
    expect(code).toBe(0);
    expect(env).toMatchObject({ BEFORE: '1', DESKTOP_SESSION: 'xfce', XDG_SESSION_TYPE: 'x11' });
    expect(stdout).not.toContain('some words');
    if (said !== undefined) expect(stderr).toMatch(said);
    else expect(stderr).not.toContain('ldm:');
  });

  it('reads no profile that is a folder, and none of a home that is not there', () => {
    mkdirSync(path('home/.profile'));
    mkdirSync(path('etc/profile'), { recursive: true });
    expect(start()).toMatchObject({ stderr: '', code: 0 });
    expect(start({}, { HOME: '/nowhere' })).toMatchObject({ stderr: '', code: 0 });
  });

  it('keeps the directories of PATH that a login shell without ~/.profile has added', () => {
    write('etc/profile', 'PATH=/usr/local/bin:/usr/bin:/bin; export PATH');
    const login = `${path('home')}/bin:${path('bin')}::/usr/bin:/bin`;
    expect(start({}, { PATH: login }).env.PATH).toBe(`${path('home')}/bin:${path('bin')}:/usr/local/bin:/usr/bin:/bin`);
    write('etc/profile', '');
    write('home/.profile', 'PATH="$HOME/.local/bin:$PATH"');
    expect(start({}, { PATH: '/usr/bin:/bin' }).env.PATH).toBe(`${path('home')}/.local/bin:/usr/bin:/bin`);
  });

  it('gives its own names, and what the client says of itself, precedence over profiles', () => {
    write('home/.profile', 'export XDG_SESSION_TYPE=tty XDG_CURRENT_DESKTOP=i3 LANG=fr_FR PRINTER=old LTSP_CLIENT=x');
    const words = { pick: 'named', 'pick-name': 'xfce', 'pick-language': 'de_DE.UTF-8', env: 'PRINTER=hp' };
    expect(start(words, { XDG_SESSION_TYPE: 'tty', XDG_SESSION_CLASS: 'background' }).env).toMatchObject({
      XDG_SESSION_TYPE: 'x11',
      XDG_SESSION_CLASS: 'user',
      XDG_CURRENT_DESKTOP: 'XFCE',
      LANG: 'de_DE.UTF-8',
      PRINTER: 'hp',
      LTSP_CLIENT: '10.0.0.7',
    });
    rmSync(path('home/.dmrc'));
    expect(start().env).toMatchObject({ LANG: 'fr_FR', XDG_CURRENT_DESKTOP: 'i3' });
  });

  describe('with a session bus', () => {
    const servers: Server[] = [];
    /** Makes a socket below $XDG_RUNTIME_DIR that somebody listens on. */
    const listenOn = async (name: string): Promise<void> => {
      mkdirSync(dirname(path(`run/${name}`)), { recursive: true });
      const server = createServer();
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(path(`run/${name}`), resolve));
    };
    const told = (): string[] => readFileSync(path('told'), 'utf8').split('\0');
    const withRuntime = () => ({ XDG_RUNTIME_DIR: path('run'), XDG_SESSION_ID: '7' });

    beforeEach(() => {
      const tell = `printf '%s\\0' "$(basename "$0") $*" >>${path('told')}`;
      program('bin/systemctl', `${tell}; exit 1`);
      program('bin/dbus-update-activation-environment', `${tell}; env -0 >>${path('told')}; echo noise; exit 1`);
    });
    afterEach(() => {
      for (const server of servers.splice(0)) server.close();
    });

    it('gives its environment to the services of the user, and takes away what earlier sessions left there', async () => {
      await listenOn('bus');
      write('home/.profile', 'export OF_PROFILE=1');
      const { env, stderr, session } = start({ session: 'xfce', env: 'PRINTER=hp laser' }, withRuntime());
      expect(session).toEqual(['startxfce4']);
      expect(stderr).toBe('');
      expect(env).toMatchObject({ XDG_SESSION_ID: '7', SSH_CONNECTION: expect.any(String), PRINTER: 'hp laser' });
      const [unset = '', update, ...variables] = told();
      expect(unset).toMatch(/^systemctl --user unset-environment .*XAUTHORITY .*PULSE_SERVER/);
      expect(unset).not.toMatch(/DESKTOP|PRINTER( |$)/);
      expect(update).toBe('dbus-update-activation-environment --systemd --all');
      expect(variables).toEqual(
        expect.arrayContaining([
          'XDG_SESSION_TYPE=x11',
          'XDG_SESSION_CLASS=user',
          'XDG_CURRENT_DESKTOP=XFCE',
          'DESKTOP_SESSION=xfce',
          'LTSP_CLIENT=10.0.0.7',
          'PRINTER=hp laser',
          'OF_PROFILE=1',
          `DBUS_SESSION_BUS_ADDRESS=unix:path=${path('run')}/bus`,
        ]),
      );
      expect(variables.filter((line) => /^(XDG_SESSION_ID|SSH_)/.test(line))).toEqual([]);
    });

    it('asks no bus that is not there', () => {
      mkdirSync(path('run'));
      expect(start({}, withRuntime()).code).toBe(0);
      expect(existsSync(path('told'))).toBe(false);
    });

    it.skipIf(!existsSync(generator))(
      'finds the variables of environment.d, and those of profiles behind them',
      async () => {
        await listenOn('systemd/private');
        write('home/.config/environment.d/10-own.conf', 'A=d "$(touch never)"\nB=d\nPATH=$HOME/tools:$PATH\n');
        write('etc/profile', 'PATH=/usr/bin:/bin B=profile; export PATH B');
        const { env, stderr } = start({}, withRuntime());
        expect(stderr).toBe('');
        expect(env).toMatchObject({
          A: 'd "$(touch never)"',
          B: 'profile',
          PATH: `${path('home')}/tools:${path('bin')}:/usr/bin:/bin`,
        });
        expect(start({}, { XDG_RUNTIME_DIR: '/nowhere' }).env).not.toHaveProperty('A');
      },
    );
  });

  it('gets a session bus of its own on a server that can make no other', () => {
    for (const name of ['awk', 'cat', 'env', 'id', 'printf', 'readlink'])
      symlinkSync(`/usr/bin/${name}`, path(`bin/${name}`));
    program('bin/dbus-run-session', 'shift; export DBUS_SESSION_BUS_ADDRESS=own; exec "$@"');
    rmSync(path('bin/dbus-launch'));
    const words = { session: 'xfce', env: 'A=b=c' };
    const address = (env: Record<string, string> = {}, more: Record<string, string> = {}) =>
      start({ ...words, ...more }, { PATH: path('bin'), ...env });
    expect(address()).toMatchObject({
      session: ['startxfce4'],
      env: { DBUS_SESSION_BUS_ADDRESS: 'own', A: 'b=c' },
      stderr: '',
    });
    expect(address({ DBUS_SESSION_BUS_ADDRESS: 'given' }).env.DBUS_SESSION_BUS_ADDRESS).toBe('given');
    program('bin/dbus-launch', '');
    expect(address().env).not.toHaveProperty('DBUS_SESSION_BUS_ADDRESS');
  });
});
