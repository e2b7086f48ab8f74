import type { Device } from './device.js';
import { connectLocally } from './local-socket.js';

/**
 * The port of CUPS on this client. Its socket in /run/cups would not do: there, CUPS takes every program of the session
 * for the user of ldm, and for its administrator where that is root.
 */
const cups = { host: '127.0.0.1', port: 631 } as const;

/** The printers of this client, for the programs of the session. */
export function printersDevice(service: { readonly host: string; readonly port: number } = cups): Device {
  return {
    name: 'printers',
    environment: (socket) => ({ CUPS_SERVER: socket }),
    connect: () => connectLocally({ ...service, noDelay: true }),
    close() {},
  };
}
