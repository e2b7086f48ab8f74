import { runProgram } from '../../shared/run-program.js';
import { changedAt, readText } from '../files.js';
import type { StaticInfo } from '../snapshot.js';
import { langFromFile, listLanguages } from './languages.js';
import { findXsession, readSessions } from './sessions.js';

export interface StaticInfoOptions {
  readonly sessionFolders: readonly string[];
  readonly localeWhitelist: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where LANG is looked for when the environment has none, as under inetd. */
  readonly localeFiles: readonly string[];
  readonly xsessionPaths: readonly string[];
  readonly now: () => number;
}

/** A session that was installed shows within a second, one whose file was edited in place within this. */
const sessionsEveryMs = 60_000;
const lookEveryMs = 1_000;

/** Gives what changes seldom: `locale -a` was asked once, the session files are read again when their folder changed. */
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
    if (at - latest.checkedAt >= lookEveryMs) {
      const folders = folderTimes();
      const stale = folders !== latest.folders || at - latest.readAt >= sessionsEveryMs;
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
