import { defineConfig } from 'vitest/config';
import { onSharedMachine } from './vitest.shared.js';

/** Real windows on a screen of their own: one file after the other, for the keyboard has one focus. */
export default defineConfig({
  test: {
    name: 'ui',
    include: ['test/ui/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    setupFiles: ['scripts/ssh2-seam-hook.mjs'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    ...onSharedMachine,
  },
});
