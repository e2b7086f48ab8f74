import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { bytesOfAddress } from '../shared/ip-address.js';

/** The "discard" port, which nobody listens on. A network card looks at the content alone. */
const port = 9;

/** Six bytes of 0xFF, then sixteen times the hardware address (AMD, "Magic Packet Technology", 1995). */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** The broadcast address of a network: `10.77.0.1/24` has 10.77.0.255; undefined where there is none. */
export function broadcastOf(cidr: string): string | undefined {
  const [address = '', length = ''] = cidr.split('/');
  const bytes = bytesOfAddress(address);
  const bits = Number(length);
  if (bytes.length !== 4 || bits > 30) return undefined;
  const host = 2 ** (32 - bits) - 1;
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const last = number - (number % (host + 1)) + host;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
}

/**
 * Sends the packet that switches a machine on to every network of this client.
 * @throws Error where no network takes it
 */
export async function sendMagicPacket(mac: string): Promise<void> {
  const networks = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : (broadcastOf(cidr) ?? []))),
  );
  const packet = magicPacket(mac);
  const sent = await Promise.allSettled([...new Set(networks)].map((network) => sendTo(network, packet)));
  if (sent.some(({ status }) => status === 'fulfilled')) return;
  const reasons = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  throw new AggregateError(reasons, 'no network takes the packet');
}

function sendTo(address: string, packet: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.setBroadcast(true);
      socket.send(packet, port, address, (error) => (error ? reject(error) : resolve()));
    });
  }).finally(() => socket.close());
}
