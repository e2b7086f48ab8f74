import { parseServerAddress } from '../shared/server-address.js';

/** The client port of etcd. */
const defaultPort = 2379;

/**
 * Parses etcd endpoints: `etcd1`, `etcd1:2379`, `[fd00::1]:2379`, `https://etcd1:2379/`, separated by commas or white
 * space. As in etcd's client, an endpoint without a scheme uses TLS where a certificate or an authority is configured.
 * @returns URLs; without a scheme as `//host:port`; undefined for an empty list or an invalid endpoint
 */
export function parseEtcdEndpoints(text: string): readonly string[] | undefined {
  const endpoints = text
    .split(/[\s,]/)
    .filter((word) => word !== '')
    .map(parseEndpoint);
  return endpoints.length > 0 && endpoints.every((one) => one !== undefined) ? [...new Set(endpoints)] : undefined;
}

export const acceptedEtcdEndpoints =
  'host, host:port or URL, separated by white space or commas, such as https://etcd1:2379 https://etcd2:2379';

function parseEndpoint(text: string): string | undefined {
  const [, scheme = '', place = ''] = /^(?:(https?:)\/\/)?([^/]+)\/*$/i.exec(text) ?? [];
  const address = parseServerAddress(place, defaultPort);
  if (address === undefined) return undefined;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme.toLowerCase()}//${host}:${address.port}`;
}

/** @param tls whether a certificate or an authority is configured */
export function withScheme(endpoints: readonly string[], tls: boolean): readonly string[] {
  return endpoints.map((endpoint) => (endpoint.startsWith('//') ? `${tls ? 'https:' : 'http:'}${endpoint}` : endpoint));
}
