import { fileURLToPath } from 'node:url';
import { createHooks, type Hooks, hookEnvironment } from '../../session/hooks/hooks.js';
import { ownAddress } from '../../settings/own-address.js';
import type { Settings } from '../../settings/settings.js';
import type { Log } from '../../shared/log/log.js';

/** The directory of the program `ldm`. */
const ownFolder = fileURLToPath(new URL('../bin', import.meta.url));

/** The hooks of this client. */
export function hooksOf(settings: Settings, log: Log): Hooks {
  return createHooks({
    folders: settings.hookFolders,
    timeoutMs: settings.hookTimeoutMs,
    environment: hookEnvironment(settings.variables, ownFolder, ownAddress()),
    uid: process.getuid?.() ?? 0,
    log,
  });
}
