import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A /dev of the test's own, so that a seat neither writes to the machine's terminals nor finds its graphics card. */
export interface OwnDevices {
  /**
   * The command, where it sees them; /var/log is its own too.
   * @param defaultX what stands in the place of Xorg, where the machine has one
   */
  inside(command: readonly string[], defaultX?: string): string[];
  /** What was written to /dev/tty7. */
  terminal(): string;
  /** What stands on /dev/tty7: everything after it was last emptied, without control sequences. */
  screen(): string;
  /** Puts a graphics card there. Nothing but its name counts. */
  plugCard(): void;
}

const enter = `
  folder=$0
  mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
  for node in null zero full random urandom tty; do
    : >"$folder/dev/$node"; mount --bind "/dev/$node" "$folder/dev/$node"
  done
  : >"$folder/dev/tty7"; mount --bind "$folder/terminal" "$folder/dev/tty7"
  mkdir "$folder/dev/dri" "$folder/dev/shm"; mount --bind "$folder/dri" "$folder/dev/dri"
  ln -s /proc/self/fd "$folder/dev/fd"
  mount --rbind "$folder/dev" /dev
  mount -t tmpfs tmpfs /var/log
  x=$1; shift
  if [ -n "$x" ] && [ -e /usr/lib/xorg/Xorg ]; then mount --bind "$x" /usr/lib/xorg/Xorg; fi
  exec "$@"`;

/** @param folder an empty one, for what belongs to it */
export function ownDevices(folder: string): OwnDevices {
  for (const name of ['dev', 'dri']) mkdirSync(join(folder, name), { recursive: true });
  const file = join(folder, 'terminal');
  writeFileSync(file, '');
  const terminal = (): string => readFileSync(file, 'utf8');
  return {
    inside: (command, defaultX = '') => [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      '--',
      'sh',
      '-euc',
      enter,
      folder,
      defaultX,
      ...command,
    ],
    terminal,
    screen: () => (terminal().split('\u001b[2J\u001b[3J').at(-1) ?? '').replaceAll('\r', '').trim(),
    plugCard: () => writeFileSync(join(folder, 'dri/card0'), ''),
  };
}
