import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { type Measure, measureInTurn, type Side } from './measure.js';
import type { Row } from './report.js';

const askpass = '/run/askpass';
const seconds = 2;
/** Names of x11perf. `prop` is a small request that waits for its answer. */
const tests = ['putimage500', 'getimage500', 'prop'] as const;
const starts = 5;

/** X11 forwarding through ldm, and through `ssh -Y`. */
export async function x11Rows(runs: number): Promise<Row[]> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  try {
    await cluster.startX();
    await cluster.client.write(askpass, `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
    const env = { ...cluster.environment, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    const throughSsh = async (command: string): Promise<string> =>
      (await cluster.client.run(['ssh', '-Y', `${ada.name}@s1`, command], { env, timeoutMs: 120_000 })).stdout;
    const throughLdm = async (command: string): Promise<string> =>
      (await cluster.login(ada, [command], { args: ['--server', 's1'], timeoutMs: 120_000 })).stdout;
    const rate =
      (through: (command: string) => Promise<string>, test: string): Measure =>
      async () => {
        const said = await through(`x11perf -repeat 1 -time ${seconds} -${test}`);
        const found = /\(\s*([\d.]+)\/sec\)/.exec(said)?.[1];
        if (found === undefined) throw new Error(`x11perf -${test}: ${said}`);
        return Number(found);
      };
    const start =
      (through: (command: string) => Promise<string>): Measure =>
      async () => {
        const loop = `for i in $(seq ${starts}); do xdpyinfo >/dev/null; done`;
        const said = await through(`a=$(date +%s%N); ${loop}; b=$(date +%s%N); echo $(((b - a) / ${starts}000))`);
        return Number(said.trim()) / 1_000;
      };
    const compare = async (of: (through: typeof throughLdm) => Measure): Promise<{ ours: Side; other: Side }> => {
      const [ours, other] = await measureInTurn(
        runs,
        new Map([
          ['ldm', of(throughLdm)],
          ['`ssh -Y`', of(throughSsh)],
        ]),
      );
      if (!ours || !other) throw new Error('a side is missing');
      return { ours, other };
    };
    const rows: Row[] = [];
    for (const test of tests) {
      const sides = await compare((through) => rate(through, test));
      rows.push({
        what: `X11: \`x11perf -${test}\``,
        unit: 'a second',
        ...sides,
        wanted: { ratio: 'at least', limit: 1 },
      });
    }
    rows.push({
      what: 'X11: `xdpyinfo`, from its start to its end',
      unit: 'ms',
      ...(await compare((through) => start(through))),
      wanted: { ratio: 'at most', limit: 1 },
    });
    return rows;
  } finally {
    await cluster.stop();
  }
}
