import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { findProgram } from '../programs.js';

/** The desktop of the demo: one small X program. */
export interface Desktop {
  readonly path: string;
  /** @param title of its window */
  readonly args: (title: string) => readonly string[];
}

const desktops: Readonly<Record<'xterm' | 'xclock', Desktop['args']>> = {
  xterm: (title) => ['-T', title, '-geometry', '80x24+160+120', '-fa', 'Monospace', '-fs', '11'],
  xclock: (title) => ['-title', title, '-geometry', '420x420+302+174'],
};
export type DesktopName = keyof typeof desktops;

/** The title of the window of one server, which identifies it on the screen. */
export function desktopTitle(address: string): string {
  return `Desktop on ${address}`;
}

/**
 * @param names in the order of preference
 * @returns the first that is installed
 */
export function findDesktop(names: readonly DesktopName[]): Desktop | undefined {
  for (const name of names) {
    const path = findProgram(name);
    if (path !== undefined) return { path, args: desktops[name] };
  }
  return undefined;
}

/** The environment variables that the desktop gets: those of a login, and no settings. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ'];

export interface DesktopPlace {
  readonly title: string;
  readonly display: string;
  readonly xauthority: string;
}

/** Starts the desktop in its own process group. */
export function startDesktop(desktop: Desktop, place: DesktopPlace): ChildProcess {
  const { username, shell } = userInfo();
  const home = homedir();
  const passed = Object.fromEntries(passedOn.map((name) => [name, process.env[name]]));
  return spawn(desktop.path, desktop.args(place.title), {
    cwd: existsSync(home) ? home : '/',
    detached: true,
    stdio: 'ignore',
    env: {
      ...passed,
      USER: username,
      LOGNAME: username,
      SHELL: shell ?? '/bin/sh',
      DISPLAY: place.display,
      XAUTHORITY: place.xauthority,
    },
  });
}
