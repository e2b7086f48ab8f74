import { defineConfig } from 'vitest/config';
import { onSharedMachine } from './vitest.shared.js';

/** The pure tests: no network but loopback, no screen, no rights. */
export default defineConfig({
  test: {
    name: 'unit',
    include: ['test/unit/**/*.test.ts'],
    setupFiles: ['scripts/ssh2-seam-hook.mjs'],
    testTimeout: 20_000,
    ...onSharedMachine,
  },
});
