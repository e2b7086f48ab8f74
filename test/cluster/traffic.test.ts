import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { infoPort } from './support/app-server.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

/** How long a greeter is watched doing nothing; the figure in docs/balancing.md is of 120. */
const idleSeconds = Number(process.env.LDM_TEST_IDLE_SECONDS ?? 20);
const captureScript = fileURLToPath(new URL('./support/capture.py', import.meta.url));

requireOrSkip(missingForCluster, 'On the wire', () => {
  const cluster = useCluster({ servers: Array.from({ length: 8 }, (_, number) => ({ name: `s${number}` })) });
  const running: Running[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) {
      one.signal('SIGKILL');
      await one.done;
    }
  });

  /** Captures all that the client sends and receives, from now on. */
  async function capture(): Promise<() => string[]> {
    const one = cluster().client.start(['/usr/bin/python3', captureScript, 'eth0'], { timeoutMs: 600_000 });
    running.push(one);
    await until('the capture runs', () => one.stdout().startsWith('ready\n'));
    return () => one.stdout().split('\n').slice(1, -1);
  }
  /** The servers that somebody began to ask on a port. */
  const begun = (frames: readonly string[], port: number): string[] =>
    frames.flatMap((frame) => new RegExp(`^tcp \\S+ (\\S+):${port} S$`).exec(frame)?.[1] ?? []);

  it('a login by two-choices asks 2 servers of 8, and opens ssh to one', async () => {
    for (let tries = 1; ; tries += 1) {
      const frames = await capture();
      const { code } = await cluster().login(ada, ['true'], { env: { LDM_BALANCE: 'two-choices' } });
      expect(code).toBe(0);
      await sleep(200);
      const asked = begun(frames(), infoPort);
      const [chosen, ...more] = begun(frames(), 22);
      // Who is silent for a quarter of a second on a busy machine has a further one asked beside it.
      if (tries < 5 && asked.length + more.length > 2) continue;
      expect(asked).toHaveLength(2);
      expect(new Set(asked).size).toBe(2);
      expect(more).toEqual([]);
      expect(asked).toContain(chosen);
      return;
    }
  });

  it(
    `nothing is sent by a greeter that idles: not a packet in ${idleSeconds} s`,
    async () => {
      await cluster().startX();
      const frames = await capture();
      running.push(cluster().startLdm(['greeter'], { env: { NO_AT_BRIDGE: '1' }, timeoutMs: 900_000 }));
      const tree = ['xwininfo', '-root', '-tree'];
      const env = cluster().environment;
      await until('its window is there', async () =>
        /"Login"/.test((await cluster().client.run(tree, { env })).stdout),
      );
      await until('it has asked all servers', () => new Set(begun(frames(), infoPort)).size === 8);
      // The ends of those connections, and the kernel's check whether its neighbors are still reachable.
      await sleep(12_000);
      const before = frames().length;
      await sleep(idleSeconds * 1_000);
      const after = frames().slice(before);
      console.info(`a greeter that idled for ${idleSeconds} s sent and received ${after.length} packets`);
      expect(after).toEqual([]);
    },
    (idleSeconds + 60) * 1_000,
  );
});
