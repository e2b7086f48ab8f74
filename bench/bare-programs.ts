/** Programs of this folder that have nothing of ldm: the floor for what it does. */
import { dirname, join } from 'node:path';

/** As bin/ldm sets it. */
const trim = 'MALLOC_TRIM_THRESHOLD_=131072';
const bundle = (name: string): string => join(dirname(process.argv[1] ?? ''), `${name}.cjs`);

/** A login by ssh2 alone; the password on standard input. */
export function bareSession(address: string, user: string, command: string): string[] {
  return ['env', trim, 'node', bundle('bare-session'), address, user, command];
}

/** The login window in Node, with node-gtk, beside a second Node that only waits: as ldm is two processes. */
export function bareWindow(content: readonly string[]): string[] {
  const beside = 'node -e "setInterval(() => {}, 1e6)" & exec node "$@"';
  return ['env', trim, 'sh', '-c', beside, 'sh', bundle('bare-window'), ...content];
}

/** A relay between X clients and a display; both are paths of sockets. */
export function bareRelay(path: string, displayPath: string): string[] {
  return ['node', bundle('bare-relay'), path, displayPath];
}
