import { basename, join } from 'node:path';
import { isExecutable } from '../../shared/files/executable.js';
import { listFolder, readText } from '../../shared/files/files.js';
import { parseDesktopEntry } from './desktop-entry.js';

export interface Session {
  readonly name: string;
  readonly exec: string;
}

/** More than a dialog can offer. Further sessions are left out. */
const maxSessions = 200;

/** A session file has a few kilobytes. The rest of a larger file is not read. */
const maxFileBytes = 256 * 1024;

/**
 * The X sessions of this server, in the order of their file names. Wayland sessions cannot be shown over a forwarded X
 * connection, so their directories are not read.
 * @param folders earlier directories take precedence
 * @param locale language of the names
 * @param path the PATH that is searched for TryExec
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
  return [{ name: entry.name ?? basename(file, '.desktop'), exec: entry.exec }];
}

function isInstalled(program: string, searchPath: string): boolean {
  if (program.includes('/')) return isExecutable(program);
  return searchPath.split(':').some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

/** The script that starts an X session: the four paths of the classic LDM. The first one takes precedence. */
export const xsessionPaths = [
  '/etc/X11/xinit/Xsession',
  '/etc/X11/Xsession',
  '/usr/lib/X11/xdm/Xsession',
  '/etc/X11/xdm/Xsession',
] as const;

export function findXsession(paths: readonly string[] = xsessionPaths): string | null {
  return paths.find(isExecutable) ?? null;
}
