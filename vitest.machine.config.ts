import { defineConfig } from 'vitest/config';
import { onSharedMachine } from './vitest.shared.js';

/** A client in QEMU and two servers, as root: one evening, in which each step goes on from the last. */
export default defineConfig({
  test: {
    name: 'machine',
    include: ['test/machine/**/*.test.ts'],
    fileParallelism: false,
    // Each wait of a step has a bound of its own.
    testTimeout: 1_800_000,
    hookTimeout: 2_400_000,
    ...onSharedMachine,
    // A step cannot be tried again without those before it.
    retry: 0,
    bail: 1,
  },
});
