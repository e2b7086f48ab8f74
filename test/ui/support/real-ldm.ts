/** The real `ldm greeter` on a desktop, with the servers of a demo scenario. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../../src/demo/cluster/cluster.js';
import { findDesktop } from '../../../src/demo/cluster/desktop.js';
import { findScenario, type Scenario } from '../../../src/demo/scenarios.js';
import { createLog } from '../../../src/shared/log/log.js';
import { greeterOf } from '../../support/processes.js';
import { type Accessible, findApplication } from './accessibility.js';
import type { Desktop } from './desktop.js';
import { checkout } from './greeter.js';
import { waitFor } from './wait.js';

export class RealLdm {
  /**
   * Returns when the greeter is on the accessibility bus.
   * @param folder a temporary one
   * @param settings takes precedence over the environment of desktop and cluster
   * @param config appended to its lts.conf
   */
  static async start(
    desktop: Desktop,
    name: string,
    folder: string,
    settings: Readonly<Record<string, string>>,
    config = '',
  ): Promise<RealLdm> {
    const scenario = findScenario(name);
    const program = findDesktop(['xclock', 'xterm']);
    if (scenario === undefined || program === undefined) throw new Error(`no scenario ${name}, or no xclock`);
    const own = mkdtempSync(join(folder, 'cluster-'));
    const cluster = await startCluster(scenario, { folder: own, desktop: program, log: createLog(3, () => {}) });
    appendFileSync(cluster.configFile, config);
    const env = { ...desktop.env, ...cluster.environment, ...settings };
    const args = ['--config', cluster.configFile, 'greeter'];
    const child = spawn(join(checkout, 'bin/ldm'), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const ldm = new RealLdm(scenario, cluster, child);
    try {
      const pid = await waitFor('the greeter', () => greeterOf(child.pid));
      ldm.#root = await findApplication(pid);
      return ldm;
    } catch (error) {
      await ldm.stop();
      throw error;
    }
  }

  readonly scenario: Scenario;
  readonly #cluster: Cluster;
  readonly #child: ChildProcess;
  #root: Accessible | undefined;
  #log = '';

  private constructor(scenario: Scenario, cluster: Cluster, child: ChildProcess) {
    this.scenario = scenario;
    this.#cluster = cluster;
    this.#child = child;
    child.stderr?.on('data', (data: Buffer) => {
      this.#log += data.toString();
    });
  }

  /** The root of the greeter's widgets. */
  get root(): Accessible {
    if (this.#root === undefined) throw new Error('the greeter has not come to the accessibility bus');
    return this.#root;
  }

  /** Process id of `ldm` itself, the parent of the greeter. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Its log so far. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await waitFor('ldm to end', () => this.#child.exitCode !== null || this.#child.signalCode !== null);
    await this.#cluster.close();
  }
}
