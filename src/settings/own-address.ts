import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isLinkLocal } from '../shared/ip-address.js';
import type { ClientIdentity } from './files/lts-conf.js';

/** Every address but those of loopback interfaces. An interface without a carrier has none. */
function outside(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal));
}

/**
 * The address that the login screen shows and that hooks and sessions get: one from the network, IPv4 before IPv6 as in
 * the classic; else the link-local IPv4 address. A link-local IPv6 address is useless here: every interface has one, and
 * it means nothing on other machines.
 */
export function pickAddress(addresses: readonly Pick<NetworkInterfaceInfo, 'family' | 'address'>[]): {
  readonly address: string | null;
  readonly isFromNetwork: boolean;
} {
  const given = addresses.filter(({ address }) => !isLinkLocal(address));
  const best = given.find(({ family }) => family === 'IPv4') ?? given[0];
  const last = best ?? addresses.find(({ family }) => family === 'IPv4');
  return { address: last?.address ?? null, isFromNetwork: best !== undefined };
}

/** The current address of this client. */
export function ownAddress(): string | null {
  return pickAddress(outside()).address;
}

/** Whether other machines can reach this client by an address. */
export function hasNetwork(): boolean {
  return pickAddress(outside()).isFromNetwork;
}

/** The current identity of this client, which selects the sections of lts.conf. */
export function thisClient(): ClientIdentity {
  const all = outside();
  return {
    hostName: hostname(),
    addresses: all.map((one) => one.address),
    macs: [...new Set(all.map((one) => one.mac))],
  };
}
