import { isIP, isIPv6, SocketAddress } from 'node:net';

/** One application server as the administrator named it. Only {@link parseServerAddress} makes one. */
export interface ServerAddress {
  /** As written in the list; what people see. */
  readonly name: string;
  /** Host name or address, without brackets or port. */
  readonly host: string;
  /** TCP port of its ssh service. */
  readonly port: number;
  readonly [parsed]: true;
}
declare const parsed: unique symbol;

/** RFC 1123 labels, and the underscore that real networks have. */
const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/**
 * Reads `name`, `name:port`, IPv4, IPv6 or `[IPv6]:port`.
 * @param defaultPort the ssh port of a server that names none
 * @returns the address, or undefined when the text names no server
 */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  if (isIPv6(text)) return make(text, text, defaultPort);
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const [, host, portText] = bracketed ?? plain ?? [];
  if (host === undefined) return undefined;
  if (bracketed ? !isIPv6(host) : !isIP(host) && !isHostName(host)) return undefined;
  const port = portText === undefined ? defaultPort : Number(portText);
  return port >= 1 && port <= 65535 ? make(text, host, port) : undefined;
}

/** A name of digits and dots that is no IPv4 address (10.0.0.300) is a mistyped address, not a name. */
function isHostName(text: string): boolean {
  return hostName.test(text) && !/^[\d.]+$/.test(text);
}

function make(name: string, host: string, port: number): ServerAddress {
  return { name, host, port } as ServerAddress;
}

/** An IPv6 address as the C library writes it, and with it OpenSSH: `2001:db8::1`, `::ffff:10.0.0.1`; a name as it is. */
export function canonicalHost(host: string): string {
  return isIPv6(host) && !host.includes('%') ? new SocketAddress({ address: host, family: 'ipv6' }).address : host;
}

/** Two entries with the same key are the same server, however each is spelt. */
export function serverKey(server: ServerAddress): string {
  return `${canonicalHost(server.host).toLowerCase().replace(/\.$/, '')} ${server.port}`;
}

/** The list without its repetitions, in its order. */
export function withoutDuplicates(servers: readonly ServerAddress[]): ServerAddress[] {
  const seen = new Set<string>();
  return servers.filter((server) => {
    const key = serverKey(server);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
