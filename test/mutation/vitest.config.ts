import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import unit from '../../vitest.config.js';

const root = join(import.meta.dirname, '../..');
const folder = process.env.LDM_MUTATION_DIR ?? '';

/** Loads the mutated files instead of the real ones. */
const mutated: Plugin = {
  name: 'mutated',
  enforce: 'pre',
  load(id) {
    const file = join(folder, 'files', relative(root, id));
    return id.startsWith(join(root, 'src/')) && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  },
};

/** Files with few imports come first: a test of one decision kills its mutants faster than a test of a whole login. */
class NarrowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const imports = ({ moduleId }: TestSpecification): number => readFileSync(moduleId, 'utf8').split('/src/').length;
    const byName = (a: TestSpecification, b: TestSpecification): number =>
      basename(a.moduleId) < basename(b.moduleId) ? -1 : 1;
    return [...files].sort((a, b) => imports(a) - imports(b) || byName(a, b));
  }
}

export default mergeConfig(
  unit,
  defineConfig({
    root,
    plugins: [mutated],
    test: {
      runner: 'test/mutation/judge.ts',
      setupFiles: ['test/mutation/few-examples.ts'],
      sequence: { sequencer: NarrowFirst },
      pool: 'forks',
      maxWorkers: 2,
      retry: 0,
      testTimeout: 10_000,
      expect: { poll: { timeout: 2_000 } },
      dangerouslyIgnoreUnhandledErrors: true,
      // They start real programs or shells, or run thousands of logins.
      exclude: [
        'known-hosts-ssh',
        'known-hosts-oracle',
        'many-logins',
        'capturing-server',
        'lying-server',
        'fuzz',
        'demo',
        'other-sessions',
        'remote-command',
        'simulation',
        'simulate-command',
        'start-desktop',
        'session-profiles',
        'get-hosts-scripts',
        'ltsp-hook',
        'manuals',
      ].map((name) => `test/unit/**/${name}.test.ts`),
    },
  }),
);
