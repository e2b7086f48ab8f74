import { defineConfig } from 'vitest/config';

/** The pure tests: no network but loopback, no screen, no rights. */
export default defineConfig({
  test: {
    name: 'unit',
    include: ['test/unit/**/*.test.ts'],
    testTimeout: 20_000,
    // Some of them have timeouts for their subject, and CI's machine may be busy with others' work.
    retry: process.env.CI ? 1 : 0,
    expect: { poll: { timeout: 10_000 } },
  },
});
