/**
 * Connects post-quantum key exchanges, host certificates and kept buffers to the hooks that scripts/ssh2-seam.mjs adds to ssh2.
 */
import constants from 'ssh2/lib/protocol/constants.js';
import crypto from 'ssh2/lib/protocol/crypto.js';
import kex from 'ssh2/lib/protocol/kex.js';
import { plainKey } from '../host-keys/host-certificate.js';
import { certificateAlgorithms } from '../host-keys/host-key.js';
import { hybridExchanges } from './hybrid-kex.js';
import { PacketBuffer } from './packet-buffer.js';

const { ldm } = kex;
if (ldm === undefined || crypto.ldm === undefined)
  throw new TypeError('ssh2 lacks the hooks of scripts/ssh2-seam.mjs; run npm run build');
for (const [name, exchange] of hybridExchanges) {
  ldm.hybridExchanges.set(name, exchange);
  constants.SUPPORTED_KEX.push(name);
}
const { keyTypeOf, signatureOf } = ldm;
ldm.keyTypeOf = (algorithm) => certificateAlgorithms.get(algorithm)?.keyType ?? keyTypeOf(algorithm);
ldm.signatureOf = (algorithm) => certificateAlgorithms.get(algorithm)?.signature ?? signatureOf(algorithm);
ldm.plainKey = plainKey;
constants.SUPPORTED_SERVER_HOST_KEY.push(...certificateAlgorithms.keys());

/** For the packets of the session. */
export const packets = new PacketBuffer();
crypto.ldm.allocate = (size) => packets.allocate(size);
