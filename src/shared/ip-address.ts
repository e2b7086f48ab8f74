import { BlockList, isIPv4, isIPv6 as nodeIsIPv6 } from 'node:net';

/** Node's own is a regular expression that takes several milliseconds at its first use. Names need not wait for that. */
export function isIPv6(text: string): boolean {
  return text.includes(':') && nodeIsIPv6(text);
}

/** Whether a text is an IP address; an IPv6 address may name its interface (`fe80::1%eth0`). */
export function isIpAddress(text: string): boolean {
  const bare = withoutZone(text);
  return isIPv4(bare) || isIPv6(bare);
}

/**
 * The 4 or 16 bytes of an address; an IPv4 address in IPv6 form (`::ffff:10.0.0.1`) counts as IPv4.
 * @returns none for a text that is no address
 */
export function bytesOfAddress(text: string): number[] {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (!isIPv6(text)) return [];
  const [head = '', tail = ''] = withoutZone(text)
    .replace(/\d+\.\d+\.\d+\.\d+/, ipv4AsGroups)
    .split('::');
  const [front, back] = [groupBytes(head), groupBytes(tail)];
  const bytes = [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');

/** Whether a machine gave itself the address because no network did (RFC 3927, RFC 4291 section 2.5.6). */
export function isLinkLocal(address: string): boolean {
  return linkLocal.check(withoutZone(address), isIPv6(address) ? 'ipv6' : 'ipv4');
}

function withoutZone(text: string): string {
  return text.replace(/%.*/, '');
}

/** `10.0.0.1` as the last two groups of an IPv6 address: `a00:1`. */
function ipv4AsGroups(text: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function groupBytes(groups: string): number[] {
  const numbers = groups.split(':').flatMap((group) => (group === '' ? [] : [Number.parseInt(group, 16)]));
  return numbers.flatMap((number) => [number >> 8, number & 255]);
}
