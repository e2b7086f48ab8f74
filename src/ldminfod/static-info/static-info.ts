import { changedAt, readText } from '../../shared/files/files.js';
import { runProgram } from '../../shared/programs/run-program.js';
import type { StaticInfo } from '../snapshot.js';
import { langFromFile, listLanguages } from './languages.js';
import { findXsession, readSessions } from './sessions.js';

export interface StaticInfoOptions {
  readonly sessionFolders: readonly string[];
  readonly localeWhitelist: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files that are searched for LANG when the environment has none, as under inetd. */
  readonly localeFiles: readonly string[];
  readonly xsessionPaths: readonly string[];
  readonly now: () => number;
}

/** A session file that was edited in place is noticed within this many ms. */
const rereadEveryMs = 60_000;
/** A session that was installed or removed is noticed within this many ms. */
const checkEveryMs = 1_000;

/** Runs `locale -a` once. The session files are read again when their directory has changed. */
export async function createStaticInfoReader(options: StaticInfoOptions): Promise<() => StaticInfo> {
  const { environment, localeFiles, sessionFolders, now } = options;
  const lang = environment.LANG || localeFiles.map((file) => langFromFile(readText(file) ?? '')).find(Boolean);
  const languages = listLanguages({
    lang,
    locales: await installedLocales(),
    whitelist: readText(options.localeWhitelist),
  });
  const read = (
    at: number,
    folders: string,
  ): { info: StaticInfo; folders: string; readAt: number; checkedAt: number } => ({
    info: {
      languages,
      sessions: readSessions(sessionFolders, lang, environment.PATH ?? '/usr/local/bin:/usr/bin:/bin'),
      xsession: findXsession(options.xsessionPaths),
    },
    folders,
    readAt: at,
    checkedAt: at,
  });
  const folderTimes = (): string => sessionFolders.map((folder) => changedAt(folder) ?? '-').join(' ');
  let latest = read(now(), folderTimes());
  return () => {
    const at = now();
    if (at - latest.checkedAt >= checkEveryMs) {
      const folders = folderTimes();
      const stale = folders !== latest.folders || at - latest.readAt >= rereadEveryMs;
      latest = stale ? read(at, folders) : { ...latest, checkedAt: at };
    }
    return latest.info;
  };
}

/** Output of `locale -a`; empty where there is no such program or it hangs. */
async function installedLocales(): Promise<string> {
  const stdout = { maxBytes: 1024 * 1024, part: 'all' } as const;
  return (await runProgram('locale', ['-a'], { children: 'bound', stdout, timeoutMs: 2_000 })).stdout;
}
