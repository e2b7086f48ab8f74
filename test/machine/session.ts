/** What a server knows of the session that runs on it: processes, and the windows on the client's display. */
import type { CleanRoot } from '../packages/support/clean-root.js';
import { account } from './person.js';
import type { ServerName, Stage } from './stage.js';
import { eventually } from './wait.js';

/** Shell text that takes the environment of the session's first program. */
const environment = `
  first=$(pgrep --oldest --exact --euid ${account.user} xfce4-session)
  export $(tr '\\0' '\\n' <"/proc/$first/environ" | grep -E '^(DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|HOME|PULSE_SERVER|CUPS_SERVER|PRINTER)=')`;

/** Runs shell text in the session, as its user. */
export function inSession(root: CleanRoot, script: string): Promise<string> {
  return root.sh(
    `${environment}\nexec setpriv --reuid ${account.user} --regid ${account.user} --init-groups sh -euc '${script}'`,
  );
}

/** Class of the window that has the keyboard. */
export function activeWindow(root: CleanRoot): Promise<string> {
  return inSession(
    root,
    'active=$(xprop -root -notype _NET_ACTIVE_WINDOW); xprop -id "$(expr "$active" : ".*# *\\(0x[0-9a-f]*\\)")" WM_CLASS',
  );
}

/** Titles, classes and sizes of all windows of the client's display. */
export function windows(root: CleanRoot): Promise<string> {
  return inSession(root, 'xwininfo -root -tree');
}

/**
 * Waits for a whole desktop: a window manager that is in charge, and something behind the windows.
 * @param among servers; one that was lost may still have the session of before
 * @returns where it is
 */
export function desktopComes(
  stage: Stage,
  seconds: number,
  among: readonly ServerName[] = ['app1', 'app2'],
): Promise<ServerName> {
  return eventually('a desktop', seconds, async () => {
    for (const name of among) {
      const { root } = stage.servers[name];
      if (!(await hasSession(root))) continue;
      const manager = await inSession(root, 'xprop -root _NET_SUPPORTING_WM_CHECK');
      if (manager.includes('window id') && (await windows(root)).includes('xfdesktop')) return name;
    }
    return undefined;
  });
}

export async function hasSession(root: CleanRoot): Promise<boolean> {
  return (await root.run(`pgrep --exact --euid ${account.user} xfce4-session`)).code === 0;
}
