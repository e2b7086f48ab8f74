import type { ServerStatus } from '../servers/server-status.js';

/**
 * Whether this client itself is cut off: it has no address of the network's, and no server is reached all the same, or
 * runs on this very machine. While servers are being asked, what was so before is so still.
 */
export function isOffline(before: boolean, hasNetwork: boolean, statuses: readonly ServerStatus[]): boolean {
  if (hasNetwork || statuses.some(needsNoNetwork)) return false;
  return before || statuses.every(({ state }) => state === 'down');
}

function needsNoNetwork({ state, address }: ServerStatus): boolean {
  const isHere = address !== null && (address.startsWith('127.') || address === '::1');
  return isHere || (state !== 'down' && state !== 'checking');
}
