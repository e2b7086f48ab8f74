import { loadSettings } from '../settings/load.js';
import { LtsConfError } from '../settings/lts-conf.js';
import { type Settings, SettingsError } from '../settings/settings.js';
import { CommandError, exitCode } from './exit-codes.js';

/** The settings of this client. @throws {CommandError} with the exit code for wrong settings */
export function readSettings(configFile: string | undefined): Settings {
  try {
    return loadSettings(configFile, process.env);
  } catch (error) {
    if (error instanceof SettingsError || error instanceof LtsConfError) {
      throw new CommandError(exitCode.wrongSettings, error.message);
    }
    throw error;
  }
}
