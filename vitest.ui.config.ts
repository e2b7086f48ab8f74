import { defineConfig } from 'vitest/config';

/** Real windows on a screen of their own: one file after the other, for the keyboard has one focus. */
export default defineConfig({
  test: {
    name: 'ui',
    include: ['test/ui/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Machines that run them are shared: what the other tenants cost is no fault of the windows.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    retry: process.env.CI ? 1 : 0,
    expect: { poll: { timeout: 10_000 } },
  },
});
