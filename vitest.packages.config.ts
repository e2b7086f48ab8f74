import { defineConfig } from 'vitest/config';
import { onSharedMachine } from './vitest.shared.js';

/** The Debian packages: built, installed into clean roots, and made a cluster of, as root. Needs apt's sources once. */
export default defineConfig({
  test: {
    name: 'packages',
    include: ['test/packages/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 900_000,
    ...onSharedMachine,
  },
});
