import { defineConfig } from 'vitest/config';
import { onSharedMachine } from './vitest.shared.js';

/** Real sshd in network namespaces, as root. One file after the other: some of them measure time. */
export default defineConfig({
  test: {
    name: 'cluster',
    include: ['test/cluster/**/*.test.ts'],
    fileParallelism: false,
    setupFiles: ['scripts/ssh2-seam-hook.mjs'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    ...onSharedMachine,
  },
});
