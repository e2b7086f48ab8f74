import { infoPort } from '../test/cluster/support/app-server.js';
import { checkout, startHost } from '../test/cluster/support/host.js';
import { placeServers, serverAddresses } from './client-host.js';
import { startWorker } from './client-worker.js';
import { type Measure, measureInTurn } from './measure.js';
import type { Row } from './report.js';

const sizes = [3, 30, 300, 1_000];
/** As `nc -w 5` of the classic LDM. */
const turnTimeoutMs = 5_000;
/** Asking more servers in turn would take minutes. Their time is at least the number of silent servers times the timeout. */
const maxMeasuredInTurn = 30;
/** LDM_PROBE_TIMEOUT, plus the time for the results. */
const wantedMs = 2_200;

/** `ldm servers`, from its start to its end, with a thousand servers and with thirty, a tenth of them silent. */
export async function serversCommandRows(runs: number): Promise<Row[]> {
  const host = await startHost('client');
  try {
    await placeServers(host);
    const asks = (size: number): Measure => {
      const env = { LDM_SERVER: serverAddresses(size, 10).join(' '), LDM_STATE_DIR: '/run/state', HOME: '/run' };
      return async () => {
        const { code, stdout, stderr, ms } = await host.run([`${checkout}/bin/ldm`, 'servers'], { env });
        const lines = stdout.trim().split('\n').length - 1;
        if (code !== 0 || lines !== size) throw new Error(`ldm servers: ${lines} of ${size} servers: ${stderr}`);
        return ms;
      };
    };
    const [many, few] = await measureInTurn(
      runs,
      new Map([
        ['ldm', asks(1_000)],
        ['with 30 servers', asks(30)],
      ]),
    );
    if (!many || !few) throw new Error('a side is missing');
    const wanted = { ratio: 'at most', limit: 1.5 } as const;
    return [
      { what: '`ldm servers` with 1000 servers, 100 of them silent', unit: 'ms', ours: many, other: few, wanted },
    ];
  } finally {
    await host.stop();
  }
}

/** The time until the server table is complete, with a tenth of the servers silent. */
export async function surveyRows(runs: number): Promise<Row[]> {
  const host = await startHost('client');
  try {
    await placeServers(host);
    const worker = startWorker(host, { HOME: '/run' });
    const rows: Row[] = [];
    for (const size of sizes) {
      const silent = Math.max(1, Math.round(size / 10));
      const servers = serverAddresses(size, 10);
      const env = { LDM_STATE_DIR: '/run/state' };
      const [ours] = await measureInTurn(
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
      const measured = size <= maxMeasuredInTurn;
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
