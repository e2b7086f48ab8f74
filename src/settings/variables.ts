import { existsSync } from 'node:fs';
import { Secret } from '../shared/secret.js';
import { readConfigFile } from './files/config-file.js';
import { type ClientIdentity, type Entry, type FileText, type LtsConf, readLtsConf } from './files/lts-conf.js';
import { isKnownVariable, nearestSetting } from './known-variables.js';
import { thisClient } from './own-address.js';
import type { Origin, SettingsProblem } from './problem.js';
import { secretVariables } from './settings.js';

const defaultConfigFile = '/etc/lts.conf';

/** The variables of a client, before they are understood as settings. */
export interface Variables {
  readonly values: Readonly<Record<string, string>>;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Those whose line cannot be read. */
  readonly unreadable: ReadonlySet<string>;
  readonly problems: readonly SettingsProblem[];
  /** Lines in sections of other clients. */
  readonly others: LtsConf['others'];
}

/**
 * Reads lts.conf, overridden by the environment. Copies the environment once, and removes secrets from it, so that no child
 * process inherits them.
 * @param configFile without it, /etc/lts.conf is read where it exists
 */
export function variablesReader(
  configFile: string | undefined,
  environment: NodeJS.ProcessEnv,
): (client?: ClientIdentity) => Variables {
  const set = Object.entries(environment).flatMap(([variable, value = '']) => {
    if (value.trim() === '') return [];
    return [[variable, secretVariables.has(variable) ? new Secret(value) : value] as const];
  });
  for (const variable of secretVariables) delete environment[variable];
  const screen = screenNumber(environment);
  const read = keepingLast((file) => readConfigFile(file, isKnownVariable));
  return (client = thisClient()) => {
    const file = configFile ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined);
    const conf = file === undefined ? nothing : readLtsConf(file, client, read, isKnownVariable);
    const entries = ofScreen(conf.entries, screen);
    const values: Record<string, string> = {};
    const origins = new Map<string, Origin>();
    const unreadable = new Set<string>();
    for (const { variable, value, place } of entries.values()) {
      origins.set(variable, place);
      if (value === undefined) unreadable.add(variable);
      else if (value !== '') values[variable] = value;
    }
    for (const [variable, value] of set) {
      values[variable] = value instanceof Secret ? value.reveal() : value;
      origins.set(variable, 'environment');
      unreadable.delete(variable);
    }
    const problems = [...conf.problems, ...unknownVariables(entries.values())];
    return { values, origins, unreadable, problems, others: conf.others };
  };
}

const nothing: LtsConf = { entries: new Map(), others: [], problems: [] };

/** A file that cannot be read now, but could be read before, keeps its former content. */
function keepingLast(read: (file: string) => FileText): (file: string) => FileText {
  const last = new Map<string, FileText>();
  return (file) => {
    const now = read(file);
    const before = last.get(file);
    if (now.failed === undefined) last.set(file, now);
    else if (before !== undefined) {
      const text = (problem: SettingsProblem): string => `${problem.text}; what it said before stays in force`;
      return { ...before, problems: now.problems.map((problem) => ({ ...problem, text: text(problem) })) };
    }
    return now;
  };
}

/** The number of this screen, in LTSP's form: `07`. */
function screenNumber({ SCREEN_NUM, LDM_SEAT_NAME }: NodeJS.ProcessEnv): string | undefined {
  const [number] = /\d{1,2}$/.exec(SCREEN_NUM || LDM_SEAT_NAME || '') ?? [];
  return number?.padStart(2, '0');
}

/** `SCREEN_07_NAME=value` is `NAME=value` on screen 07. */
function ofScreen(entries: ReadonlyMap<string, Entry>, screen: string | undefined): ReadonlyMap<string, Entry> {
  const all = new Map(entries);
  for (const entry of entries.values()) {
    const [, number, variable] = /^SCREEN_(\d\d)_(\w+)$/.exec(entry.variable) ?? [];
    if (number === screen && variable !== undefined) all.set(variable, { ...entry, variable });
  }
  return all;
}

/** Lines that set what is no setting. */
export function unknownVariables(entries: Iterable<Entry>): SettingsProblem[] {
  return [...entries].flatMap(({ variable, place }): SettingsProblem[] => {
    if (isKnownVariable(variable)) return [];
    const meant = nearestSetting(variable);
    const about = { code: 'unknown-variable', variable, origin: place } as const;
    if (meant !== undefined) {
      return [{ ...about, severity: 'warning', text: `${variable}: no such setting; did you mean ${meant}?` }];
    }
    if (!variable.startsWith('LDM_')) return [];
    return [{ ...about, severity: 'info', text: `${variable}: not a setting of ldm; hooks get it` }];
  });
}
