import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Fleet } from '../greeter/fleet.js';
import type { LoginTools } from '../greeter/login.js';
import { defaultStateDir, demotionFile } from '../servers/demotion-file.js';
import { probe } from '../servers/probe.js';
import { gatherServers } from '../servers/server-list.js';
import { type KnownHosts, loadKnownHosts } from '../session/known-hosts.js';
import { loadSettings } from '../settings/load.js';
import { type Log, stderrLog } from '../settings/log.js';
import { LtsConfError } from '../settings/lts-conf.js';
import { type Settings, SettingsError } from '../settings/settings.js';
import { CommandError, exitCode } from './exit-codes.js';

/** What every command needs: the settings, the log, and the real effects behind the rooms. */
export interface Context {
  readonly settings: Settings;
  readonly log: Log;
  readonly fleet: Fleet;
  readonly knownHosts: () => Promise<KnownHosts>;
}

/**
 * Reads the settings and makes the real thing of everything.
 * @throws {CommandError} with the exit code for wrong settings
 */
export function createContext(configFile: string | undefined): Context {
  const settings = readSettings(configFile);
  const log = stderrLog(settings.logLevel);
  return {
    settings,
    log,
    fleet: new Fleet({
      gather: () => gatherServers(settings, log, Math.random),
      ask: (server, signal) =>
        probe(server, { infoPort: settings.infoPort, timeoutMs: settings.probeTimeoutMs, signal }),
    }),
    knownHosts: () => loadKnownHosts(settings.knownHosts, log),
  };
}

export function loginTools(context: Context, forwardX11: LoginTools['forwardX11']): LoginTools {
  const [first] = context.settings.knownHosts;
  return {
    ...context,
    learnInto: first && (isDirectory(first) ? join(first, 'learnt') : first),
    forwardX11,
    demotions: demotionFile(
      context.settings.stateDir ?? defaultStateDir(process.getuid?.() ?? 0, process.env),
      context.log,
    ),
    random: Math.random,
    now: () => performance.now(),
  };
}

function readSettings(configFile: string | undefined): Settings {
  try {
    return loadSettings(configFile, process.env);
  } catch (error) {
    if (error instanceof SettingsError || error instanceof LtsConfError) {
      throw new CommandError(exitCode.wrongSettings, error.message);
    }
    throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
