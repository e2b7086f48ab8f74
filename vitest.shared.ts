/** Machines that run the tests are shared: what the other tenants cost is no fault of what is tested. */
export const onSharedMachine = {
  retry: process.env.CI ? 1 : 0,
  expect: { poll: { timeout: 10_000 } },
};
