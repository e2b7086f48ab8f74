import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { familyOf, readIfThere } from '../support/processes.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { expectNoSecretIn, halves, unmistakable as password } from '../support/unmistakable-password.js';
import { connectAccessibility, find, look, textOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { checkout } from './support/greeter.js';
import { type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { RealLdm } from './support/real-ldm.js';
import { waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'A password typed into the real window', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-secrets-'));
  let desktop: Desktop;
  let ldm: RealLdm | undefined;
  let watch: Watch | undefined;
  beforeAll(async () => {
    desktop = await startDesktop();
    connectAccessibility(desktop);
  });
  afterEach(async () => {
    watch?.stop();
    await ldm?.stop();
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (scenario: string): Promise<RealLdm> => {
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    ldm = await RealLdm.start(desktop, scenario, folder, { LDM_LOGLEVEL: '7', TMPDIR: scratch });
    watch = new Watch(ldm.pid);
    await find(ldm.root, 'text', 'Username');
    return ldm;
  };
  const expectNothingLeft = (one: RealLdm): void => {
    expectNoSecretIn(one.log);
    expectNoSecretIn(everythingIn(folder));
    expectNoSecretIn(everythingIn(desktop.home));
  };

  it('stands in no argument, environment, log or file when it is refused, and is gone from the entry', async () => {
    const one = await start('cluster');
    const { root } = one;
    await type(desktop, 'demo\n');
    const entry = await find(root, 'password text', 'Password');
    await type(desktop, password);
    await waitFor('the dots', () => textOf(entry).length === password.length);
    expect(textOf(entry)).not.toMatch(/[a-z]/);
    expectNothingLeft(one);
    await type(desktop, '\n');
    await waitFor('the empty entry', () => textOf(entry) === '');
    await waitFor('the refusal', () => one.log.includes('outcome=wrong-credentials'));
    await waitFor('the question', () => look(root, 'password text', 'Password') ?? look(root, 'text', 'Username'));
    expectNothingLeft(one);
    for (const program of ['dist/ldm.cjs', 'greeter.cjs', 'LDM_LOGLEVEL=7']) expect(watch?.seen).toContain(program);
    expectNoSecretIn(watch?.seen ?? '');
  });

  it('nor in memory when it is the new one of an expired password, and the desktop has opened', async () => {
    const one = await start('expired-password');
    const { root } = one;
    await type(desktop, 'dora\n');
    await find(root, 'password text', 'Password');
    await type(desktop, 'demo\n');
    for (const prompt of ['New password:', 'Retype new password:']) {
      await find(root, 'password text', prompt);
      await type(desktop, `${password}\n`);
    }
    await waitFor('the session', () => one.log.includes('outcome=started'));
    // Beside ldm the shell that has started the windows (src/early.pl).
    await waitFor('the desktop alone', () => watch?.pids().length === 2);
    expectNothingLeft(one);
    expect(copiesOf(one.pid, ...halves)).toBe(0);
    // The search does find what is there.
    expect(copiesOf(one.pid, 'LDM_LOGLEVEL')).toBeGreaterThan(0);
    expectNoSecretIn(watch?.seen ?? '');
  });

  it('can come into no core dump: both processes may write none', async () => {
    await start('cluster');
    const limits = [...(watch?.pids() ?? [])].map((pid) => readFileSync(`/proc/${pid}/limits`, 'utf8'));
    expect(limits.length).toBeGreaterThanOrEqual(2);
    for (const limit of limits) expect(limit).toMatch(/^Max core file size +0 +0 /m);
  });
});

/** Reads arguments and environment of a process and of all below it, over and over. */
class Watch {
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly root: number) {
    this.#timer = setInterval(() => this.#look(), 15);
    this.#look();
  }

  get seen(): string {
    return [...this.#seen].join('\n');
  }

  pids(): number[] {
    return familyOf(this.root);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const pid of this.pids()) {
      for (const file of ['cmdline', 'environ']) this.#seen.add(readIfThere(`/proc/${pid}/${file}`));
    }
  }
}

/** How often the texts stand in the memory of a process. */
function copiesOf(pid: number, ...texts: readonly string[]): number {
  const search = [join(checkout, 'test/support/memory-search.mjs'), String(pid)];
  const said = execFileSync(process.execPath, search, { input: texts.join('\n'), encoding: 'utf8' });
  return (JSON.parse(said) as { found: number }).found;
}

function everythingIn(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => readIfThere(join(one.parentPath, one.name)))
    .join('\n');
}
