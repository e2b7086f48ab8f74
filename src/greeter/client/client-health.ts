import { lstatSync, statSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { systemResolverConfig } from '../../servers/dns/name-servers.js';
import { hasNetwork } from '../../settings/own-address.js';
import { listFolder, readText } from '../../shared/files/files.js';

/** What this client itself needs for a login, as its kernel reports it at one moment. */
export interface ClientHealth {
  /**
   * - `up`: a network card has a carrier (for radio: it is associated)
   * - `no-cable`, `no-radio`: no card has one; `no-radio` where every card is for radio
   * - `no-card`: there is no network card
   */
  readonly link: 'up' | 'no-cable' | 'no-radio' | 'no-card';
  /** It has an address that other machines can reach. */
  readonly hasAddress: boolean;
  /** It has a default route. */
  readonly hasRoute: boolean;
  /** A name server can be reached without a default route. */
  readonly isNameServerNear: boolean;
  /** The clock shows a time before this program was built. */
  readonly isClockWrong: boolean;
}

/** Ten ms at most: small files of the kernel. */
export function clientHealth(): ClientHealth {
  return {
    link: linkOf(networkCards('/sys/class/net')),
    hasAddress: hasNetwork(),
    hasRoute: hasDefaultRoute(readText('/proc/net/route') ?? '', readText('/proc/net/ipv6_route') ?? ''),
    isNameServerNear: isNear(
      systemResolverConfig().nameservers,
      Object.values(networkInterfaces()).flatMap((list) => (list ?? []).flatMap(outsideNetwork)),
    ),
    isClockWrong: Date.now() < builtAt - dayMs,
  };
}

const outsideNetwork = ({ internal, cidr }: NetworkInterfaceInfo): string[] =>
  internal || cidr === null ? [] : [cidr];

const dayMs = 24 * 60 * 60 * 1_000;
const builtAt = statSync(import.meta.filename).mtimeMs;

export interface NetworkCard {
  readonly isRadio: boolean;
  readonly hasCarrier: boolean;
  /** It is a device, and not made by software, such as a bridge. */
  readonly isDevice: boolean;
}

/** `type` of a loopback interface (ARPHRD_LOOPBACK in linux/if_arp.h). */
const loopbackType = '772';

function networkCards(folder: string): NetworkCard[] {
  return listFolder(folder).flatMap((name) => {
    const read = (file: string): string => (readText(join(folder, name, file)) ?? '').trim();
    const has = (file: string): boolean => lstatSync(join(folder, name, file), { throwIfNoEntry: false }) !== undefined;
    const type = read('type');
    if (type === '' || type === loopbackType) return [];
    // The file cannot be read while the card is off.
    return { isRadio: has('phy80211'), hasCarrier: read('carrier') === '1', isDevice: has('device') };
  });
}

/** A container has software interfaces only, so they count where there is no device. */
export function linkOf(all: readonly NetworkCard[]): ClientHealth['link'] {
  const devices = all.filter(({ isDevice }) => isDevice);
  const cards = devices.length > 0 ? devices : all;
  if (cards.length === 0) return 'no-card';
  if (cards.some(({ hasCarrier }) => hasCarrier)) return 'up';
  return cards.every(({ isRadio }) => isRadio) ? 'no-radio' : 'no-cable';
}

/** Flags of a route in these files (linux/route.h). */
const isUsable = (flags: string): boolean => (Number.parseInt(flags, 16) & 0x0201) === 1;

/** @param v4 content of /proc/net/route @param v6 content of /proc/net/ipv6_route */
export function hasDefaultRoute(v4: string, v6: string): boolean {
  const rows = (text: string): string[][] => text.split('\n').map((line) => line.trim().split(/\s+/));
  const isDefault4 = ([, target, , flags = '', , , , mask]: string[]): boolean =>
    target === '00000000' && mask === '00000000' && isUsable(flags);
  const isDefault6 = ([target = '', prefix, , , , , , , flags = '', device]: string[]): boolean =>
    /^0{32}$/.test(target) && prefix === '00' && device !== 'lo' && isUsable(flags);
  return rows(v4).some(isDefault4) || rows(v6).some(isDefault6);
}

/** Whether one of the addresses is in a network that this client is part of. */
export function isNear(addresses: readonly string[], own: readonly string[]): boolean {
  const networks = new BlockList();
  const family = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');
  for (const cidr of own) {
    const [address = '', length = ''] = cidr.split('/');
    networks.addSubnet(address, Number(length), family(address));
  }
  return addresses.some((address) => networks.check(address, family(address)));
}
