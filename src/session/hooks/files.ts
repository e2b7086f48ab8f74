import { join } from 'node:path';
import { listFolder } from '../../shared/files/files.js';

/**
 * When a hook runs: init (I, before the greeter), before sign-in (P), signed in (S), right before the session (X),
 * session over (K).
 */
export type HookPhase = 'I' | 'P' | 'S' | 'X' | 'K';

export interface HookFile {
  readonly name: string;
  readonly path: string;
}

/** A directory of hooks, with all names in it. */
export interface HookListing {
  readonly folder: string;
  readonly names: readonly string[];
}

/**
 * The hooks of a phase in their order: by name, byte by byte. Names are letters, digits, `_` and `-`, so that files which
 * editors and package managers leave behind (`S20-x~`, `S20-x.dpkg-old`) are not hooks. For one name, earlier directories
 * take precedence.
 */
export function chooseHooks(phase: HookPhase, listings: readonly HookListing[]): HookFile[] {
  const chosen = new Map<string, string>();
  for (const { folder, names } of listings) {
    for (const name of names) {
      const isHook = name.startsWith(phase) && /^[A-Za-z0-9_-]+$/.test(name);
      if (isHook && !chosen.has(name)) chosen.set(name, join(folder, name));
    }
  }
  return [...chosen].map(([name, path]) => ({ name, path })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The hooks of a phase in these directories; a missing directory has none. */
export function findHooks(phase: HookPhase, folders: readonly string[]): HookFile[] {
  return chooseHooks(
    phase,
    folders.map((folder) => ({ folder, names: listFolder(folder) })),
  );
}
