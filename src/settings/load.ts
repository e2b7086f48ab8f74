import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Secret } from '../shared/secret.js';
import { readConfigFile } from './files/config-file.js';
import { type ClientIdentity, type Entry, type FileText, type LtsConf, readLtsConf } from './files/lts-conf.js';
import { isKnownVariable, nearestSetting } from './known-variables.js';
import { thisClient } from './own-address.js';
import type { Origin, SettingsProblem } from './problem.js';
import { readSetting } from './read-setting.js';
import { readSettings, type Settings, secretVariables, settingsTable } from './settings.js';

const defaultConfigFile = '/etc/lts.conf';

/**
 * Reads the current settings of this client: lts.conf, overridden by the environment. Returns the same object while
 * nothing has changed. Never throws: the result lists what is invalid.
 */
export type ReadSettings = (client?: ClientIdentity) => Settings;

/** The settings, and the problems in sections of other clients. */
export interface WholeReading {
  readonly settings: Settings;
  readonly elsewhere: readonly SettingsProblem[];
}

/**
 * Copies the environment of this process once, and removes secrets from it, so that no child process inherits them.
 * @param configFile without it, /etc/lts.conf is read where it exists
 */
export function settingsReader(configFile: string | undefined, environment: NodeJS.ProcessEnv): ReadSettings {
  const read = wholeReader(configFile, environment);
  return (client) => read(client).settings;
}

/** As {@link settingsReader}, and checks the whole file. */
export function wholeReader(
  configFile: string | undefined,
  environment: NodeJS.ProcessEnv,
): (client?: ClientIdentity) => WholeReading {
  const set = Object.entries(environment).flatMap(([variable, value = '']) => {
    if (value.trim() === '') return [];
    return [[variable, secretVariables.has(variable) ? new Secret(value) : value] as const];
  });
  for (const variable of secretVariables) delete environment[variable];
  const screen = screenNumber(environment);
  const read = keepingLast((file) => readConfigFile(file, isKnownVariable));
  let last: { readonly digest: string; readonly settings: Settings } | undefined;
  return (client = thisClient()) => {
    const file = configFile ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined);
    const conf = file === undefined ? nothing : readLtsConf(file, client, read, isKnownVariable);
    const entries = ofScreen(conf.entries, screen);
    const variables: Record<string, string> = {};
    const origins = new Map<string, Origin>();
    const unreadable = new Set<string>();
    for (const { variable, value, place } of entries.values()) {
      origins.set(variable, place);
      if (value === undefined) unreadable.add(variable);
      else if (value !== '') variables[variable] = value;
    }
    for (const [variable, value] of set) {
      variables[variable] = value instanceof Secret ? value.reveal() : value;
      origins.set(variable, 'environment');
      unreadable.delete(variable);
    }
    const problems = [...conf.problems, ...unknownVariables(entries.values())];
    // Without line numbers: a line that moves does not change the settings.
    const texts = problems.map(({ text }) => text);
    const digest = createHash('sha256')
      .update(JSON.stringify([variables, [...unreadable], texts]))
      .digest('hex');
    if (last?.digest !== digest) {
      last = { digest, settings: readSettings(variables, { origins, unreadable, problems }) };
    }
    return { settings: last.settings, elsewhere: [...valueProblems(conf.others), ...unknownVariables(conf.others)] };
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

function unknownVariables(entries: Iterable<Entry>): SettingsProblem[] {
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

/** Invalid values in sections of other clients. */
function valueProblems(entries: Iterable<Entry>): SettingsProblem[] {
  const table = new Map(Object.values(settingsTable).map((definition) => [definition.variable, definition] as const));
  return [...entries].flatMap(({ variable, value, place }) => {
    const definition = table.get(variable);
    return definition === undefined ? [] : [...readSetting<unknown>(definition, value ?? null, place).problems];
  });
}
