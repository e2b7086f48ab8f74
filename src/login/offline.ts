import type { ServerStatus } from '../servers/server-status.js';

/**
 * Whether this client itself is offline: it has no network address, and no server answers or runs on this machine. While
 * servers are being asked, the last result stays.
 */
export function isOffline(before: boolean, hasNetwork: boolean, statuses: readonly ServerStatus[]): boolean {
  if (hasNetwork || statuses.some(needsNoNetwork)) return false;
  return before || statuses.every(({ state }) => state === 'down');
}

function needsNoNetwork({ state, address }: ServerStatus): boolean {
  const isHere = address !== null && (address.startsWith('127.') || address === '::1');
  return isHere || (state !== 'down' && state !== 'checking');
}
