import { describe, expect, it } from 'vitest';
import {
  algorithmsOfType,
  bitsOf,
  certificateTypes,
  fingerprint,
  hostKeyAlgorithms,
  keyProblem,
  keyType,
  readFields,
  rsaBits,
  typeOfAlgorithm,
  wireString,
} from '../../../../src/session/host-keys/host-key.js';
import { type Curve, ecdsa, ed25519, field, rsa } from '../../support/public-keys.js';

const suffix = '-cert-v01@openssh.com';
const all = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];
const ownRsa = rsa().wire;
const bytes = (length: number): Buffer => field(Buffer.alloc(length, 7));
const damaged = expect.stringContaining('cut off or damaged');

describe('the algorithms asked for', () => {
  it('begin with those of the known keys, and then name the rest', () => {
    expect(hostKeyAlgorithms([])).toEqual(all);
    expect(hostKeyAlgorithms(['ssh-rsa'])).toEqual([...all.slice(4), ...all.slice(0, 4)]);
  });

  it('begin with certificates where an authority is known', () => {
    expect(hostKeyAlgorithms(['ssh-rsa'], true)).toEqual([
      ...all.map((name) => `${name}${suffix}`),
      ...hostKeyAlgorithms(['ssh-rsa']),
    ]);
  });

  it('never hold SHA-1 or DSA, whatever is known', () => {
    for (const types of [[], ['ssh-dss'], ['ssh-rsa', 'ssh-dss'], ['made-up']]) {
      expect(hostKeyAlgorithms(types).toSorted()).toEqual(all.toSorted());
    }
  });

  it('for one type of key are those that make a server show it', () => {
    expect(algorithmsOfType('ssh-rsa')).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(algorithmsOfType(`ssh-rsa${suffix}`)).toEqual([`rsa-sha2-512${suffix}`, `rsa-sha2-256${suffix}`]);
    expect(algorithmsOfType('ecdsa-sha2-nistp384')).toEqual(['ecdsa-sha2-nistp384']);
    expect(algorithmsOfType('ssh-dss')).toEqual([]);
  });

  it('prove keys of one type each', () => {
    expect(typeOfAlgorithm('rsa-sha2-256')).toBe('ssh-rsa');
    expect(typeOfAlgorithm(`rsa-sha2-256${suffix}`)).toBe(`ssh-rsa${suffix}`);
    expect(typeOfAlgorithm('ssh-ed25519')).toBe('ssh-ed25519');
    expect(typeOfAlgorithm('made-up')).toBe('made-up');
    expect(certificateTypes).toEqual([...all.slice(0, 4), 'ssh-rsa'].map((type) => `${type}${suffix}`));
  });
});

describe('the fields of a key', () => {
  it('are read as far as they go', () => {
    const two = Buffer.concat([field('ab'), field('')]);
    expect(readFields(two).map(String)).toEqual(['ab', '']);
    expect(readFields(two.subarray(0, -1)).map(String)).toEqual(['ab']);
    expect(readFields(Buffer.concat([two, field('cd').subarray(0, -1)])).map(String)).toEqual(['ab', '']);
    expect(readFields(Buffer.alloc(0))).toEqual([]);
  });

  it('are written with their length before them', () => {
    expect([...wireString('é')]).toEqual([0, 0, 0, 2, 0xc3, 0xa9]);
    expect([...wireString(Buffer.of(1, 2, 3))]).toEqual([0, 0, 0, 3, 1, 2, 3]);
  });
});

describe('the type of a key', () => {
  it('is what the key itself says', () => {
    expect(keyType(ownRsa)).toBe('ssh-rsa');
    expect(keyType(field('x'.repeat(100)))).toBe('x'.repeat(100));
  });

  it.each([Buffer.alloc(0), Buffer.of(1), field(''), field(' ssh-rsa'), field('ssh-rsa\n'), field('x'.repeat(101))])(
    'is empty for bytes that are no key (%#)',
    (key) => {
      expect(keyType(key)).toBe('');
      expect(keyProblem(key)).toBe('the key is no ssh key');
    },
  );
});

describe('the bits of an RSA key', () => {
  it('are counted without the zeros before its modulus', () => {
    expect(rsaBits(ownRsa)).toBe(2_048);
    expect(rsaBits(Buffer.concat([field('ssh-rsa'), field('e'), field(Buffer.of(0, 0, 1, 0))]))).toBe(9);
    expect([[], [0, 0], [1], [0x7f], [0x80], [0, 0x80, 0]].map((number) => bitsOf(Buffer.from(number)))).toEqual([
      0, 0, 1, 7, 8, 16,
    ]);
  });

  it('are 0 without a modulus, and unknown for another key', () => {
    expect(rsaBits(field('ssh-rsa'))).toBe(0);
    expect(rsaBits(ed25519().wire)).toBeUndefined();
    expect(rsaBits(Buffer.alloc(0))).toBeUndefined();
  });
});

describe('a key', () => {
  it('has no problem as OpenSSH makes it', () => {
    const keys = [ed25519(), ecdsa(256), ecdsa(384), ecdsa(521), { wire: ownRsa }];
    expect(keys.map(({ wire }) => keyProblem(wire))).toEqual(keys.map(() => undefined));
  });

  it('of a type that is not ours passes', () => {
    expect(keyProblem(Buffer.concat([field('ssh-dss'), field('x')]))).toBeUndefined();
    expect(keyProblem(Buffer.concat([field('xssh-ed25519'), field('x')]))).toBeUndefined();
    expect(keyProblem(Buffer.concat([field('ssh-rsa2'), field('x')]))).toBeUndefined();
  });

  it.each<[string, string, Buffer[]]>([
    ['no point', 'ssh-ed25519', []],
    ['a point of 31 bytes', 'ssh-ed25519', [bytes(31)]],
    ['a second point', 'ssh-ed25519', [bytes(32), bytes(32)]],
    ['a byte behind it', 'ssh-ed25519', [bytes(32), Buffer.of(0)]],
    ['no exponent', 'ssh-rsa', []],
    ['no modulus', 'ssh-rsa', [bytes(3)]],
    ['an empty exponent', 'ssh-rsa', [bytes(0), bytes(128)]],
    ['a modulus of 127 bytes', 'ssh-rsa', [bytes(3), bytes(127)]],
    ['a third number', 'ssh-rsa', [bytes(3), bytes(128), bytes(1)]],
  ])('with %s has a problem: %s', (_, type, fields) => {
    expect(keyProblem(Buffer.concat([field(type), ...fields]))).toEqual(damaged);
  });

  it('of RSA may have a modulus of 128 bytes', () => {
    expect(keyProblem(Buffer.concat([field('ssh-rsa'), bytes(1), bytes(128)]))).toBeUndefined();
  });

  it.each<Curve>([256, 384, 521])(
    'on the curve %i has the point of this curve, uncompressed, and nothing else',
    (bits) => {
      const key = (curve: string, ...points: Buffer[]): Buffer =>
        Buffer.concat([field(`ecdsa-sha2-nistp${bits}`), field(curve), ...points]);
      const length = 2 * Math.ceil(bits / 8);
      const point = (first: number, rest = length): Buffer => field(Buffer.from([first, ...Buffer.alloc(rest)]));
      expect(keyProblem(key(`nistp${bits}`, point(4)))).toBeUndefined();
      for (const wrong of [
        field(`ecdsa-sha2-nistp${bits}`),
        key(`nistp${bits}`),
        key('nistp', point(4)),
        key(`nistp${bits}`, point(2)),
        key(`nistp${bits}`, point(4, length - 1)),
        key(`nistp${bits}`, point(4, length + 1)),
        key(`nistp${bits}`, point(4), point(4)),
      ]) {
        expect(keyProblem(wrong)).toEqual(damaged);
      }
    },
  );
});

it('A fingerprint is the same as that of OpenSSH', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  expect(fingerprint(Buffer.from(key, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});
