import { infoPort, rated } from '../test/cluster/support/app-server.js';
import type { Host } from '../test/cluster/support/host.js';
import { until } from '../test/cluster/support/run.js';
import { startScriptedServices } from '../test/cluster/support/scripted-services.js';

/**
 * Gives a host servers to ask: some of its own addresses answer, and others are silent. There is no sshd, so that there can
 * be a thousand.
 */
export async function placeServers(host: Host): Promise<void> {
  await host.sh(
    [
      'ip link add near type veth peer name far && ip link set near up && ip link set far up',
      'ip addr add 10.80.0.1/24 dev near && ip neigh add 10.80.0.2 lladdr 02:00:00:00:00:02 dev near nud permanent',
      'ip route add 10.79.0.0/16 via 10.80.0.2',
      'for i in $(seq 0 3); do for j in $(seq 1 254); do echo "addr add 10.78.$i.$j/32 dev lo"; done; done | ip -batch -',
    ].join('\n'),
  );
  await (await startScriptedServices(host)).play(infoPort, rated(60, { sessions: 3 }));
}

/** Addresses of {@link placeServers}, of which every `silentEvery`-th is silent. */
export function serverAddresses(count: number, silentEvery: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const last = `${Math.floor(at / 254)}.${(at % 254) + 1}`;
    return at % silentEvery === Math.min(silentEvery, count) - 1 ? `10.79.${last}` : `10.78.${last}`;
  });
}

/** Starts a screen of a common size. @returns the environment for its clients */
export async function startScreen(host: Host): Promise<Record<string, string>> {
  await host.sh('Xvfb :7 -screen 0 1920x1080x24 -nolisten tcp -ac -noreset </dev/null >/run/xvfb.log 2>&1 &');
  await until('Xvfb', async () => (await host.run(['test', '-S', '/tmp/.X11-unix/X7'])).code === 0);
  return { DISPLAY: ':7', HOME: '/run/home', XDG_RUNTIME_DIR: '/run/home', GSETTINGS_BACKEND: 'memory' };
}
