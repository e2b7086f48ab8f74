import { join } from 'node:path';
import { checkout } from '../../cluster/support/host.js';
import { type Outcome, run } from '../../cluster/support/run.js';

/** What is made here is kept, and used again where nothing has changed. */
export const cache = join(checkout, 'node_modules/.cache/packages');

/** Runs a program that must succeed. @throws with what it said at last */
export async function must(command: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await run(command, { timeoutMs: 1_200_000, env: { ...inherited(), ...env } });
  if (outcome.code !== 0) {
    throw new Error(`${command.join(' ')}: code ${outcome.code}\n${(outcome.stdout + outcome.stderr).slice(-4_000)}`);
  }
  return outcome;
}

/** What npm and apt need of the environment: homes, proxies, certificates. */
function inherited(): Record<string, string> {
  const wanted = /^(HOME|npm_config_\w+|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      wanted.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
