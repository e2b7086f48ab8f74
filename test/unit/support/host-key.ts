import { generateKeyPairSync } from 'node:crypto';

/** A private host key for servers within the test's own process. */
export const testHostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
});
