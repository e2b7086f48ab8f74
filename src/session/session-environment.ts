import type { Settings } from '../settings/settings.js';

type EnvironmentSettings = Pick<
  Settings,
  'sound' | 'soundDaemon' | 'scanner' | 'printerDefault' | 'printerList' | 'clientMac' | 'clientEnv'
>;

/**
 * What the settings put into the session's environment. LTSP_CLIENT and what belongs to the desktop is the script's.
 * @param address of this client, by which the session's server reaches it; without it nothing is told of its services
 */
export function sessionEnvironment(settings: EnvironmentSettings, address: string | undefined): Record<string, string> {
  const { printerDefault, printerList, clientMac, clientEnv } = settings;
  return {
    ...(address !== undefined && settings.sound && sound(settings.soundDaemon, address)),
    ...(address !== undefined && settings.scanner && { SANE_NET_HOSTS: address }),
    ...(printerDefault !== undefined && { PRINTER: printerDefault }),
    ...(printerList !== undefined && { PRINTER_LIST: printerList }),
    ...(clientMac !== undefined && { LTSP_CLIENT_MAC: clientMac }),
    ...clientEnv,
  };
}

function sound(daemon: EnvironmentSettings['soundDaemon'], address: string): Record<string, string> {
  const host = address.includes(':') ? `[${address}]` : address;
  switch (daemon) {
    case 'tcp':
      return { PULSE_SERVER: `tcp:${host}:4713`, LTSP_ALSA_DEFAULT: 'pulse' };
    case 'esd':
      return { ESPEAKER: `${host}:16001` };
    case 'nasd':
      return { AUDIOSERVER: `${host}:0` };
    // Through the connection of the session, which names it: devices/sound.ts.
    case 'pulse':
    case 'none':
      return {};
  }
}
