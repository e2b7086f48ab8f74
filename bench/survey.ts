import { startHost } from '../test/cluster/support/host.js';
import { startScriptedServices } from '../test/cluster/support/scripted-services.js';
import { infoPort, rated } from '../test/cluster/support/app-server.js';
import { startWorker } from './client-worker.js';
import { inTurn } from './measure.js';
import type { Row } from './report.js';

const sizes = [3, 30, 300, 1_000];
/** As the classic's `nc -w 5`. */
const turnTimeoutMs = 5_000;
/** Asking more in turn would take minutes; their time is the number of the silent times the timeout, at the least. */
const mostMeasuredInTurn = 30;
/** LDM_PROBE_TIMEOUT, and what putting it all together may take. */
const wantedMs = 2_150;

/** The time to the full server table, a tenth of the servers being silent. */
export async function surveyRows(runs: number): Promise<Row[]> {
  const host = await startHost('client');
  try {
    // The living are addresses of the host's own; packets to the silent go to a neighbour that nobody is.
    await host.sh(
      [
        'ip link add near type veth peer name far && ip link set near up && ip link set far up',
        'ip addr add 10.80.0.1/24 dev near && ip neigh add 10.80.0.2 lladdr 02:00:00:00:00:02 dev near nud permanent',
        'ip route add 10.79.0.0/16 via 10.80.0.2',
        'for i in $(seq 0 3); do for j in $(seq 1 254); do echo "addr add 10.78.$i.$j/32 dev lo"; done; done | ip -batch -',
      ].join('\n'),
    );
    await (await startScriptedServices(host)).play(infoPort, rated(60, { sessions: 3 }));
    const worker = startWorker(host, { HOME: '/run' });
    const rows: Row[] = [];
    for (const size of sizes) {
      const silent = Math.max(1, Math.round(size / 10));
      const servers = Array.from({ length: size }, (_, at) => {
        const last = `${Math.floor(at / 254)}.${(at % 254) + 1}`;
        return at % 10 === Math.min(5, size - 1) ? `10.79.${last}` : `10.78.${last}`;
      });
      const env = { LDM_STATE_DIR: '/run/state' };
      const [ours] = await inTurn(
        runs,
        new Map([
          [
            'ldm',
            async () => {
              const { ms, text } = await worker.measure({ do: 'survey', servers, env });
              if (Number(text) !== size - silent) throw new Error(`${text} of ${size - silent} servers answered`);
              return ms;
            },
          ],
        ]),
      );
      if (!ours) throw new Error('a side is missing');
      const measured = size <= mostMeasuredInTurn;
      const inTurnMs = measured
        ? (await worker.measure({ do: 'ask-in-turn', servers, port: infoPort, timeoutMs: turnTimeoutMs })).ms
        : silent * turnTimeoutMs;
      rows.push({
        what: `Full table of ${size} servers, ${silent} of them silent`,
        unit: 'ms',
        ours,
        other: { name: 'one after the other, 5 s each', values: [inTurnMs] },
        wanted: { value: 'at most', limit: wantedMs },
        ...(measured ? {} : { note: 'in turn: calculated from the silent alone' }),
      });
    }
    worker.stop();
    return rows;
  } finally {
    await host.stop();
  }
}
