import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { desktopScript } from '../../../src/session/remote-command.js';

/** What servers have as /bin/sh; as many of them as there are here. */
export const shells = ['/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell));

/** What a server's Xsession was started with. */
export interface Started {
  /** Its arguments. */
  readonly session: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** A folder with what a server has for desktops. */
export interface DesktopServer {
  path(name: string): string;
  write(name: string, text: string, mode?: number): void;
  program(name: string, text: string): void;
  /** Makes a session of this ID. */
  desktop(id: string, lines: string): void;
  /** Runs the script that starts the desktop, as sshd's user would. */
  start(words?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, umask?: string): Started;
}

/** A new server for each test of a group. @param shell its /bin/sh */
export function useDesktopServer(shell: string): DesktopServer {
  let root = '';
  const path = (name: string): string => join(root, name);
  const write = (name: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text, { mode });
  };
  const program = (name: string, text: string): void => write(name, `#!/bin/sh\n${text}\n`, 0o755);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ldm-desktop-'));
    for (const folder of ['home', 'bin']) mkdirSync(path(folder));
    // Under this name bash is a POSIX shell.
    symlinkSync(shell, path('sh'));
    program(
      'bin/locale',
      'printf "%s\\n" C C.utf8 POSIX de_DE.utf8 de_DE.iso88591 en_US.utf8 ca_ES.utf8@valencia fr_FR',
    );
    // A session bus is made only on a server that has no program for it.
    program('bin/dbus-launch', '');
    // The desktop of this machine is no session of the server.
    program('bin/x-session-manager', '');
    program('Xsession', 'printf "%s\\0" "$#" "$@"; [ ! -t 0 ] && cat; env -0');
  });
  afterEach(() => {
    chmodSync(path('home'), 0o755);
    rmSync(root, { recursive: true, force: true });
  });
  return {
    path,
    write,
    program,
    desktop: (id, lines) => write(`xsessions/${id}.desktop`, `[Desktop Entry]\nType=XSession\n${lines}\n`),
    start(words = {}, env = {}, umask = '022') {
      const given = { xsession: path('Xsession'), xsessions: path('xsessions'), etc: path('etc'), ...words };
      const pairs = Object.entries(given).map(([key, value]) => `${key}=${value}`);
      const result = spawnSync(path('sh'), ['-c', `umask ${umask}; exec ${path('sh')} -s ldm-desktop`], {
        encoding: 'utf8',
        input: `${desktopScript(pairs)}\nnothing of this is for the session`,
        env: {
          PATH: `${path('bin')}:/usr/bin:/bin`,
          HOME: path('home'),
          SSH_CONNECTION: '10.0.0.7 40000 10.0.0.1 22',
          ...env,
        },
      });
      const [count = '0', ...rest] = result.stdout.split('\0');
      const variables = rest.slice(Number(count)).filter((line) => line.includes('='));
      return {
        session: rest.slice(0, Number(count)),
        env: Object.fromEntries(
          variables.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        ),
        stdout: result.stdout,
        stderr: result.stderr,
        code: result.status,
      };
    },
  };
}
