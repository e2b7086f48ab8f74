import { defineConfig } from 'vitest/config';

/** Real sshd in network namespaces, as root. One file after the other: some of them measure time. */
export default defineConfig({
  test: {
    name: 'cluster',
    include: ['test/cluster/**/*.test.ts'],
    fileParallelism: false,
    // Machines that run them are shared: what the other tenants cost is no fault of the cluster.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: process.env.CI ? 1 : 0,
    expect: { poll: { timeout: 10_000 } },
  },
});
