/**
 * With diffie-hellman-group-exchange the server picks the group, and ssh2 (version 1.17) accepts every group. This file
 * checks it. The minimum is 2,048 bits (RFC 8270; ssh2 asks for as many), the maximum 8,192, because larger groups cost
 * seconds.
 */
import type { Client } from 'ssh2';
import { bitsOf } from '../host-keys/host-key.js';
import { SessionError } from '../session-error.js';

const minBits = 2_048;
const maxBits = 8_192;

interface Exchange {
  setDHParams?: (prime: Buffer, generator: Buffer) => void;
}

/** Refuses small groups. To be called right after `client.connect()`. */
export function refuseSmallGroups(client: Client): void {
  const { _protocol: protocol } = client as unknown as { readonly _protocol: { _kex: Exchange | undefined } };
  let exchange = protocol._kex;
  Object.defineProperty(protocol, '_kex', {
    get: () => exchange,
    set(next: Exchange | undefined) {
      exchange = next;
      const take = next?.setDHParams?.bind(next);
      if (next === undefined || take === undefined) return;
      next.setDHParams = (prime, generator) => {
        const bits = bitsOf(prime);
        if (bits < minBits || bits > maxBits) {
          throw new SessionError('no-common-algorithm', `its group has ${bits} bits`);
        }
        take(prime, generator);
      };
    },
  });
}
