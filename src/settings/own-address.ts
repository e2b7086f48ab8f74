import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { ClientIdentity } from './files/lts-conf.js';

/** Every address that is not this machine's own business. An interface without a carrier has none. */
function outside(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal));
}

/** Given by a machine to itself where nobody else gives it an address (RFC 3927, RFC 4291 section 2.5.6). */
function isLinkLocal({ family, address }: Pick<NetworkInterfaceInfo, 'family' | 'address'>): boolean {
  return family === 'IPv4' ? address.startsWith('169.254.') : /^fe[89ab]/i.test(address);
}

/**
 * The address that this client is shown with, and told to hooks and sessions: one from the network, IPv4 before IPv6 as
 * the classic shows it; else the IPv4 address that it gave itself. An IPv6 address of that kind is no use to anybody:
 * every interface has one, and it means nothing elsewhere.
 */
export function pickAddress(addresses: readonly Pick<NetworkInterfaceInfo, 'family' | 'address'>[]): {
  readonly address: string | null;
  readonly isFromNetwork: boolean;
} {
  const given = addresses.filter((one) => !isLinkLocal(one));
  const best = given.find(({ family }) => family === 'IPv4') ?? given[0];
  const last = best ?? addresses.find(({ family }) => family === 'IPv4');
  return { address: last?.address ?? null, isFromNetwork: best !== undefined };
}

/** This client's address at this moment. */
export function ownAddress(): string | null {
  return pickAddress(outside()).address;
}

/** Whether this client has an address by which others can reach it. */
export function hasNetwork(): boolean {
  return pickAddress(outside()).isFromNetwork;
}

/** Who this client is at this moment, for the choice of sections. */
export function thisClient(): ClientIdentity {
  const all = outside();
  return {
    hostName: hostname(),
    addresses: all.map((one) => one.address),
    macs: [...new Set(all.map((one) => one.mac))],
  };
}
