import { type ServerStatus, uncheckedStatus } from '../servers/server-status.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { type CandidateDependencies, findCandidates, type ServerWish } from './candidates.js';

/**
 * As {@link findCandidates}, among these servers alone. A server chosen by hand counts if it is one of them; otherwise
 * the choice is automatic. Allowed servers that are not in the list come last, because they have not been asked.
 */
export async function findAllowed(
  wish: ServerWish,
  allowed: readonly ServerAddress[],
  dependencies: CandidateDependencies,
): Promise<readonly ServerStatus[]> {
  const byHand = wish.choice.mode === 'server' ? ((await findCandidates(wish, dependencies)) ?? []) : [];
  const chosen = onlyAllowed(byHand, allowed);
  if (chosen.length > 0) return chosen;
  const listed = onlyAllowed(
    (await findCandidates({ ...wish, choice: { mode: 'automatic' } }, dependencies)) ?? [],
    allowed,
  );
  const keys = new Set(listed.map(({ server }) => serverKey(server)));
  return [
    ...listed,
    ...allowed.filter((server) => !keys.has(serverKey(server))).map((server) => uncheckedStatus(server)),
  ];
}

function onlyAllowed(candidates: readonly ServerStatus[], allowed: readonly ServerAddress[]): ServerStatus[] {
  const keys = new Set(allowed.map(serverKey));
  return candidates.filter(({ server }) => keys.has(serverKey(server)));
}
