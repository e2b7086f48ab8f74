import { type ReadSettings, settingsReader } from '../settings/load.js';
import { LtsConfError } from '../settings/lts-conf.js';
import { type Settings, SettingsError } from '../settings/settings.js';
import { CommandError, exitCode } from './exit-codes.js';

/**
 * Reads the settings of this client, again at each call.
 * @throws {CommandError} at a call, with the exit code for wrong settings
 */
export function readerOfSettings(configFile: string | undefined): ReadSettings {
  const read = settingsReader(configFile, process.env);
  return (client) => {
    try {
      return read(client);
    } catch (error) {
      if (error instanceof SettingsError || error instanceof LtsConfError) {
        throw new CommandError(exitCode.wrongSettings, error.message);
      }
      throw error;
    }
  };
}

/** The settings of this client, once. @throws {CommandError} with the exit code for wrong settings */
export function readSettings(configFile: string | undefined): Settings {
  return readerOfSettings(configFile)();
}
