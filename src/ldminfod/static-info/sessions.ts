import { join } from 'node:path';
import { isExecutable } from '../../shared/executable.js';
import { listFolder, readText } from '../files.js';
import { parseDesktopEntry } from './desktop-entry.js';

export interface Session {
  readonly name: string;
  readonly exec: string;
}

/** More sessions than a dialog can offer; what lies beyond is left out. */
const maxSessions = 200;

/** A session file is a few kilobytes; a larger one is something else. */
const maxFileBytes = 256 * 1024;

/**
 * The X sessions of this server, in the order of their file names. Wayland sessions lie in another folder and cannot
 * be shown over a forwarded X connection, so they are not looked for.
 * @param folders earlier ones win where a file name occurs twice
 * @param locale language of the names
 * @param path the PATH in which TryExec is looked for
 */
export function readSessions(folders: readonly string[], locale: string | undefined, path: string): Session[] {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const file of listFolder(folder)) {
      if (file.endsWith('.desktop') && !files.has(file)) files.set(file, join(folder, file));
    }
  }
  return [...files.keys()]
    .sort()
    .flatMap((file) => readSession(file, files.get(file) ?? '', locale, path))
    .slice(0, maxSessions);
}

function readSession(file: string, path: string, locale: string | undefined, searchPath: string): Session[] {
  const entry = parseDesktopEntry(readText(path, maxFileBytes) ?? '', locale);
  if (entry === undefined || entry.hidden || entry.exec === undefined) return [];
  if (entry.tryExec !== undefined && !isInstalled(entry.tryExec, searchPath)) return [];
  return [{ name: entry.name ?? file.replace(/\.desktop$/, ''), exec: entry.exec }];
}

function isInstalled(program: string, searchPath: string): boolean {
  if (program.includes('/')) return isExecutable(program);
  return searchPath.split(':').some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

/** The classic's four places of the script that starts an X session, first wins. */
export const xsessionPaths = [
  '/etc/X11/xinit/Xsession',
  '/etc/X11/Xsession',
  '/usr/lib/X11/xdm/Xsession',
  '/etc/X11/xdm/Xsession',
] as const;

export function findXsession(paths: readonly string[] = xsessionPaths): string | null {
  return paths.find(isExecutable) ?? null;
}
