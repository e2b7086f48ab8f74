import type { ClientHealth } from '../../../src/greeter/client/client-health.js';

/** A client that lacks nothing. */
export const healthy: ClientHealth = {
  link: 'up',
  hasAddress: true,
  hasRoute: true,
  isNameServerNear: true,
  isClockWrong: false,
};
