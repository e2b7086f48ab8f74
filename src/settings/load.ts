import { existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { type ClientIdentity, readLtsConf } from './lts-conf.js';
import { readSettings, type Settings, SettingsError, secretVariables } from './settings.js';

const defaultConfigFile = '/etc/lts.conf';

/**
 * The settings of this client: lts.conf first, the environment over it. Secrets are taken out of the environment, so
 * that no process that is started later inherits them.
 * @param configFile the file that was asked for; without it /etc/lts.conf, where it exists
 * @throws {SettingsError | LtsConfError} naming what is wrong
 */
export function loadSettings(
  configFile: string | undefined,
  environment: NodeJS.ProcessEnv,
  client: ClientIdentity = thisClient(),
): Settings {
  const file = configFile ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined);
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== '');
  for (const variable of secretVariables) delete environment[variable];
  return readSettings({ ...(file && readLtsConf(readConfig(file), file, client)), ...Object.fromEntries(set) });
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError('--config', file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function thisClient(): ClientIdentity {
  const outside = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal));
  return {
    hostName: hostname(),
    addresses: outside.map((one) => one.address),
    macs: [...new Set(outside.map((one) => one.mac))],
  };
}
