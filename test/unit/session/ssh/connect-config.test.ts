import { describe, expect, it } from 'vitest';
import { algorithmsOf, minRsaBits } from '../../../../src/session/ssh/connect-config.js';
import type { AlgorithmList } from '../../../../src/settings/ssh-options/ssh-algorithms.js';

/** What is offered for the host key, by an option of ssh and the algorithms of the known keys. */
const offered = (how: AlgorithmList['how'], ...names: string[]): string[] =>
  algorithmsOf({ hostKeyAlgorithms: known, sshOptions: { hostKeyAlgorithms: { how, names } } }).serverHostKey;
const known = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519'];

describe('the algorithms for a host key', () => {
  it('are those that the administrator allows, in the order of the known keys', () => {
    expect(offered('only', 'ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512')).toEqual([
      'rsa-sha2-512',
      'ssh-ed25519',
    ]);
  });

  it('are all that the administrator allows if no key of such a type is known', () => {
    expect(offered('only', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp256')).toEqual([
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp256',
    ]);
  });

  it('are appended, put in front or left out as the administrator says', () => {
    expect(offered('append', 'ecdsa-sha2-nistp256', 'ssh-ed25519')).toEqual([...known, 'ecdsa-sha2-nistp256']);
    expect(offered('prepend', 'ssh-ed25519')).toEqual(['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']);
    expect(offered('remove', 'rsa-sha2-256')).toEqual(['rsa-sha2-512', 'ssh-ed25519']);
    expect(offered('remove', ...known)).toEqual(known);
  });
});

describe('the smallest RSA key of a server', () => {
  it('has 2,048 bits, or 1,024 where old servers are allowed', () => {
    expect(minRsaBits(undefined, false)).toBe(2_048);
    expect(minRsaBits(undefined, true)).toBe(1_024);
  });

  it('has what RequiredRSASize says, for old servers too', () => {
    expect(minRsaBits(3_072, false)).toBe(3_072);
    expect(minRsaBits(3_072, true)).toBe(3_072);
  });
});
