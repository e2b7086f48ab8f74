import { Client } from 'ssh2';
import { afterEach, expect, it } from 'vitest';
import { bitsOf } from '../../../../src/session/host-keys/host-key.js';
import { refuseSmallGroups } from '../../../../src/session/ssh2/groups.js';
import { type LyingServer, startLyingServer } from '../../support/lying-server.js';

let server: LyingServer | undefined;
let client: Client | undefined;
afterEach(() => {
  client?.destroy();
  server?.stop();
});

it.each([
  ['', 0],
  ['00', 0],
  ['01', 1],
  ['0080', 8],
  ['0100', 9],
  [`00${'ff'.repeat(256)}`, 2_048],
])('%s has %d bits', (hex, bits) => {
  expect(bitsOf(Buffer.from(hex, 'hex'))).toBe(bits);
});

/** Of the exchange that ssh2 makes for a group that the server picks. */
interface GroupExchange {
  setDHParams(prime: Buffer, generator: Buffer): void;
}

it('takes a group of the server that is neither small nor so large that it costs seconds', async () => {
  server = await startLyingServer({});
  client = new Client();
  client.on('error', () => {});
  client.connect({ host: '127.0.0.1', port: server.port, username: 'anna', hostVerifier: () => true });
  refuseSmallGroups(client);
  const taken: number[] = [];
  const exchange: GroupExchange = { setDHParams: (prime) => void taken.push(bitsOf(prime)) };
  (client as unknown as { _protocol: { _kex: GroupExchange } })._protocol._kex = exchange;
  const offer = (bytes: number) => () => exchange.setDHParams(Buffer.alloc(bytes, 0xff), Buffer.from([2]));
  for (const bytes of [0, 128, 255, 1_025, 30_000]) expect(offer(bytes)).toThrow('no-common-algorithm');
  for (const bytes of [256, 1_024]) offer(bytes)();
  expect(taken).toEqual([2_048, 8_192]);
});
