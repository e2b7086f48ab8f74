import { createHash } from 'node:crypto';
import type { ClientIdentity, Entry } from './files/lts-conf.js';
import type { SettingsProblem } from './problem.js';
import { readSetting } from './read-setting.js';
import { readSettings, type Settings, settingsTable } from './settings.js';
import { unknownVariables, variablesReader } from './variables.js';

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

/** Reads the settings of this client again at each call. @param environment secrets are removed from it */
export function settingsReader(configFile: string | undefined, environment: NodeJS.ProcessEnv): ReadSettings {
  const read = wholeReader(configFile, environment);
  return (client) => read(client).settings;
}

/** As {@link settingsReader}, and checks the whole file. */
export function wholeReader(
  configFile: string | undefined,
  environment: NodeJS.ProcessEnv,
): (client?: ClientIdentity) => WholeReading {
  const read = variablesReader(configFile, environment);
  let last: { readonly digest: string; readonly settings: Settings } | undefined;
  return (client) => {
    const { values, others, ...given } = read(client);
    // Without line numbers: a line that moves does not change the settings.
    const texts = given.problems.map(({ text }) => text);
    const digest = createHash('sha256')
      .update(JSON.stringify([values, [...given.unreadable], texts]))
      .digest('hex');
    if (last?.digest !== digest) last = { digest, settings: readSettings(values, given) };
    return { settings: last.settings, elsewhere: [...valueProblems(others), ...unknownVariables(others)] };
  };
}

/** Invalid values in sections of other clients. */
function valueProblems(entries: Iterable<Entry>): SettingsProblem[] {
  const table = new Map(Object.values(settingsTable).map((definition) => [definition.variable, definition] as const));
  return [...entries].flatMap(({ variable, value, place }) => {
    const definition = table.get(variable);
    return definition === undefined ? [] : [...readSetting<unknown>(definition, value ?? null, place).problems];
  });
}
