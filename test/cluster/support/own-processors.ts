import type { Host } from './host.js';

/**
 * The host's load is that of a machine of its own that is idle, with 32 GiB. The processors of this machine, which bear
 * the clients and all other servers too, would speak for all.
 */
export async function giveOwnProcessors(host: Host): Promise<void> {
  await host.sh(
    'echo 0.10 0.10 0.10 1/100 100 >/run/loadavg; : >/run/nothing\n' +
      "printf '%s\\n' 'MemTotal: 33554432 kB' 'MemAvailable: 30000000 kB' >/run/meminfo\n" +
      'mount --bind /run/loadavg /proc/loadavg; mount --bind /run/meminfo /proc/meminfo\n' +
      'for file in /proc/pressure/*; do [ ! -e $file ] || mount --bind /run/nothing $file; done',
  );
}
