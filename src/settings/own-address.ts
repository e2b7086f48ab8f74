import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isLinkLocal } from '../shared/ip-address.js';
import type { ClientIdentity } from './files/lts-conf.js';

type Address = Pick<NetworkInterfaceInfo, 'family' | 'address'>;
type Interfaces = NodeJS.Dict<readonly (Address & Pick<NetworkInterfaceInfo, 'internal' | 'mac'>)[]>;

/** Every address but those of loopback interfaces. An interface without a carrier has none. */
function outside(interfaces: Interfaces) {
  return Object.values(interfaces).flatMap((list) => (list ?? []).filter((one) => !one.internal));
}

/**
 * The address that the login screen shows and that hooks and sessions get: one from the network, IPv4 before IPv6 as in
 * the classic; else the link-local IPv4 address. A link-local IPv6 address is useless here: every interface has one, and
 * it means nothing on other machines.
 */
export function pickAddress(addresses: readonly Address[]): {
  readonly address: string | null;
  readonly isFromNetwork: boolean;
} {
  const given = addresses.filter(({ address }) => !isLinkLocal(address));
  const best = given.find(({ family }) => family === 'IPv4') ?? given[0];
  const last = best ?? addresses.find(({ family }) => family === 'IPv4');
  return { address: last?.address ?? null, isFromNetwork: best !== undefined };
}

/** The current address of this client. */
export function ownAddress(interfaces: Interfaces = networkInterfaces()): string | null {
  return pickAddress(outside(interfaces)).address;
}

/** Whether other machines can reach this client by an address. */
export function hasNetwork(interfaces: Interfaces = networkInterfaces()): boolean {
  return pickAddress(outside(interfaces)).isFromNetwork;
}

/** The current identity of this client, which selects the sections of lts.conf. */
export function thisClient(interfaces: Interfaces = networkInterfaces()): ClientIdentity {
  const all = outside(interfaces);
  return {
    hostName: hostname(),
    addresses: all.map((one) => one.address),
    macs: [...new Set(all.map((one) => one.mac))],
  };
}
