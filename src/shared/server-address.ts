import { isIPv4, SocketAddress } from 'node:net';
import { isIPv6 } from './ip-address.js';

/** One application server, as configured. Only {@link parseServerAddress} creates it. */
export interface ServerAddress {
  /** The name in the list, which people see. */
  readonly name: string;
  /** Host name or address, without brackets or port. */
  readonly host: string;
  /** TCP port of its ssh service. */
  readonly port: number;
  readonly [parsed]: true;
}
declare const parsed: unique symbol;

/** RFC 1123 labels, with underscores, which real networks use. */
const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/**
 * Reads `name`, `name:port`, IPv4, IPv6 or `[IPv6]:port`.
 * @param defaultPort the ssh port of a server without a port
 * @returns undefined for an invalid address
 */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  if (isIPv6(text)) return make(text, text, defaultPort);
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const [, host, portText] = bracketed ?? plain ?? [];
  if (host === undefined) return undefined;
  if (bracketed ? !isIPv6(host) : !isIPv4(host) && !isIPv6(host) && !isHostName(host)) return undefined;
  const port = portText === undefined ? defaultPort : Number(portText);
  return port >= 1 && port <= 65535 ? make(text, host, port) : undefined;
}

/** Digits and dots that are not an IPv4 address (10.0.0.300) are a mistyped address, not a host name. */
function isHostName(text: string): boolean {
  return hostName.test(text) && !/^[\d.]+$/.test(text);
}

function make(name: string, host: string, port: number): ServerAddress {
  return { name, host, port } as ServerAddress;
}

/** An IPv6 address in the form of the C library and OpenSSH: `2001:db8::1`, `::ffff:10.0.0.1`. A name stays as it is. */
export function canonicalHost(host: string): string {
  return isIPv6(host) && !host.includes('%') ? new SocketAddress({ address: host, family: 'ipv6' }).address : host;
}

/** Two addresses with the same key are the same server. */
export function serverKey(server: ServerAddress): string {
  return `${canonicalHost(server.host).toLowerCase().replace(/\.$/, '')} ${server.port}`;
}

/** The list without duplicates, in its order. */
export function withoutDuplicates(servers: readonly ServerAddress[]): ServerAddress[] {
  const seen = new Set<string>();
  return servers.filter((server) => {
    const key = serverKey(server);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
