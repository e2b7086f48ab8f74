import type { Settings } from '../../settings/settings.js';
import type { Log } from '../../shared/log/log.js';
import type { Device } from './device.js';
import type { LocalMedia } from './drives/local-media.js';
import { udisksMedia } from './drives/udisks.js';
import { printersDevice } from './printers.js';
import { soundDevice, usualServices } from './sound.js';

export interface DeviceContext {
  /** For folders of services that are started for a session. */
  readonly parent: string;
  /** $XDG_RUNTIME_DIR of this process. */
  readonly runtimeDir: string | undefined;
  readonly log: Log;
}

type DeviceSettings = Pick<Settings, 'sound' | 'soundDaemon' | 'soundSocket' | 'microphone' | 'localPrinters'>;

/** The devices of this client that the settings give to sessions; none by default. Nothing is started here. */
export function devicesOf(settings: DeviceSettings, context: DeviceContext): readonly Device[] {
  return [...soundOf(settings, context), ...(settings.localPrinters ? [printersDevice()] : [])];
}

/** The removable media of this client that the settings give to sessions; none by default. Nothing is started here. */
export function mediaOf({ localDrives }: Pick<Settings, 'localDrives'>, seat: string): LocalMedia | undefined {
  return localDrives ? udisksMedia(seat) : undefined;
}

function soundOf(settings: DeviceSettings, { parent, runtimeDir, log }: DeviceContext): readonly Device[] {
  const { sound, soundDaemon, soundSocket, microphone } = settings;
  if (!sound || soundDaemon !== 'pulse') return [];
  const service =
    soundSocket === undefined
      ? { services: usualServices(runtimeDir), parent }
      : { services: [soundSocket], parent: undefined };
  return [soundDevice({ ...service, microphone, log })];
}
