import { type ReadSettings, settingsReader } from '../../settings/load.js';
import type { Settings } from '../../settings/settings.js';
import { stderrLog } from '../../shared/log/log.js';
import { logProblems } from './settings-problems.js';

/** Reads the settings of this client, again at each call. @param environment secrets are removed from it */
export function readerOfSettings(
  configFile: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): ReadSettings {
  return settingsReader(configFile, environment);
}

/** Reads the settings of this client once and logs their problems, for a command that needs nothing else. */
export function readSettings(configFile: string | undefined): Settings {
  const settings = readerOfSettings(configFile)();
  logProblems(settings.problems, stderrLog(settings.logLevel, settings.syslog));
  return settings;
}
