import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type ClientIdentity, readLtsConf } from './lts-conf.js';
import { thisClient } from './own-address.js';
import { Secret } from './secret.js';
import { readSettings, type Settings, SettingsError, secretVariables } from './settings.js';

const defaultConfigFile = '/etc/lts.conf';

/**
 * Reads the settings of this client, as they are at each call: lts.conf first, the environment over it. Gives the same
 * object while nothing has changed.
 * @throws {SettingsError | LtsConfError} naming what is wrong
 */
export type ReadSettings = (client?: ClientIdentity) => Settings;

/**
 * Takes the environment of this process, once. Secrets are taken out of it, so that no process that is started later
 * inherits them.
 * @param configFile the file that was asked for; without it /etc/lts.conf, where it exists
 */
export function settingsReader(configFile: string | undefined, environment: NodeJS.ProcessEnv): ReadSettings {
  const set = Object.entries(environment).flatMap(([variable, value = '']) => {
    if (value.trim() === '') return [];
    return [[variable, secretVariables.has(variable) ? new Secret(value) : value] as const];
  });
  for (const variable of secretVariables) delete environment[variable];
  let last: { readonly digest: string; readonly settings: Settings } | undefined;
  return (client = thisClient()) => {
    const file = configFile ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined);
    const fromFile = file === undefined ? {} : readLtsConf(readConfig(file), file, client);
    const fromEnvironment = set.map(([variable, value]) => [
      variable,
      value instanceof Secret ? value.reveal() : value,
    ]);
    const variables = { ...fromFile, ...Object.fromEntries(fromEnvironment) };
    const digest = createHash('sha256').update(JSON.stringify(variables)).digest('hex');
    if (last?.digest !== digest) last = { digest, settings: readSettings(variables) };
    return last.settings;
  };
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError('--config', file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
