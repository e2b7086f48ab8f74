import { networkInterfaces } from 'node:os';

/** The first address that is not this machine's own business, IPv4 before IPv6, as the classic shows it. */
export function ownAddress(): string | null {
  const outside = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal));
  const first = outside.find(({ family }) => family === 'IPv4') ?? outside[0];
  return first?.address ?? null;
}
