import { defineConfig } from 'vitest/config';

/** Real sshd in network namespaces, as root. One file after the other: some of them measure time. */
export default defineConfig({
  test: {
    name: 'cluster',
    include: ['test/cluster/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
