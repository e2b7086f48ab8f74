import { execFileSync, spawnSync } from 'node:child_process';
import { sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  certificateProblem,
  certificateTime,
  isCertificate,
  parseCertificate,
  plainKey,
} from '../../../../src/session/host-keys/host-certificate.js';
import { requireOrSkip } from '../../../support/require-or-skip.js';
import {
  type Certified,
  certify,
  ecdsa,
  ed25519,
  field,
  rsa,
  signature,
  type TestKey,
} from '../../support/public-keys.js';

const day = 86_400_000;

const missing = spawnSync('ssh-keygen', ['-?']).error && 'ssh-keygen is missing';

requireOrSkip(missing, 'A host certificate', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const keygen = (...args: string[]): void => void execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'pipe' });
  const bytesOf = (name: string): Buffer => Buffer.from(readFileSync(file(name), 'utf8').split(' ')[1] ?? '', 'base64');
  const types = [
    ['ed25519', '256'],
    ['ecdsa', '256'],
    ['ecdsa', '384'],
    ['ecdsa', '521'],
    ['rsa', '2048'],
  ] as const;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-certificate-'));
    for (const [type, bits] of types) {
      for (const who of ['ca', 'host']) keygen('-t', type, '-b', bits, '-N', '', '-f', file(`${who}-${type}-${bits}`));
    }
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const certify = (authority: string, host: string, ...more: string[]): Buffer => {
    keygen('-s', file(authority), '-I', 'the id', '-z', '7', ...more, file(`${host}.pub`));
    return bytesOf(`${host}-cert.pub`);
  };
  const problemOf = (bytes: Buffer, host = 'app1', now = Date.now()) => {
    const certificate = parseCertificate(bytes);
    return certificate === undefined ? 'unreadable' : certificateProblem(certificate, host, now);
  };

  it.each(types.flatMap((authority) => types.map((host) => [authority.join('-'), host.join('-')] as const)))(
    'of the authority %s for the key %s is read and believed',
    (authority, host) => {
      const bytes = certify(`ca-${authority}`, `host-${host}`, '-h', '-n', 'app1,app2');
      expect(isCertificate(bytes)).toBe(true);
      expect(plainKey(bytes)).toEqual(bytesOf(`host-${host}.pub`));
      expect(parseCertificate(bytes)).toMatchObject({
        kind: 'host',
        serial: 7n,
        id: 'the id',
        principals: ['app1', 'app2'],
        authority: bytesOf(`ca-${authority}.pub`),
      });
      expect(problemOf(bytes, 'APP2')).toBeUndefined();
      expect(problemOf(bytes, 'app3')).toBe('wrong-name');
    },
  );

  it('counts from its first second until before its last', () => {
    const bytes = certify(
      'ca-ed25519-256',
      'host-ed25519-256',
      '-h',
      '-n',
      'app1',
      '-V',
      '20300101000000Z:20300102000000Z',
    );
    const start = Date.UTC(2030, 0, 1);
    const at = (ms: number) => problemOf(bytes, 'app1', ms);
    expect([at(start - 1), at(start), at(start + day - 1), at(start + day)]).toEqual([
      'not-yet-valid',
      undefined,
      undefined,
      'expired',
    ]);
  });

  it('is for the hosts that its names match, and for none without names', () => {
    const wild = certify('ca-ed25519-256', 'host-ed25519-256', '-h', '-n', '*.school.example,app?');
    expect([problemOf(wild, 'a.school.example'), problemOf(wild, 'app7')]).toEqual([undefined, undefined]);
    expect([problemOf(wild, 'school.example'), problemOf(wild, 'app77')]).toEqual(['wrong-name', 'wrong-name']);
    expect(problemOf(certify('ca-ed25519-256', 'host-ed25519-256', '-h'))).toBe('wrong-name');
  });

  it('is no certificate of a user', () => {
    expect(problemOf(certify('ca-ed25519-256', 'host-ed25519-256', '-n', 'app1'))).toBe('user-certificate');
  });

  it('has no critical option', () => {
    const bytes = certify('ca-ed25519-256', 'host-ed25519-256', '-h', '-n', 'app1', '-O', 'critical:x=1');
    expect(problemOf(bytes)).toBe('critical-options');
  });

  it('is not believed with an RSA signature by SHA-1', () => {
    const bytes = certify('ca-rsa-2048', 'host-ed25519-256', '-h', '-n', 'app1', '-t', 'ssh-rsa');
    expect(problemOf(bytes)).toBe('wrong-signature');
  });

  it.each(types.map((type) => type.join('-')))(
    'of the authority %s with any bit changed is never believed, and never a crash',
    (authority) => {
      const good = certify(`ca-${authority}`, 'host-ed25519-256', '-h', '-n', 'app1');
      expect(problemOf(good)).toBeUndefined();
      fc.assert(
        fc.property(fc.nat(good.length - 1), fc.nat(7), (at, bit) => {
          const bytes = Buffer.from(good);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          expect(problemOf(bytes)).toBeDefined();
        }),
        { numRuns: 400 },
      );
    },
  );

  it('that is cut off, or followed by more, is none', () => {
    const good = certify('ca-ed25519-256', 'host-ed25519-256', '-h', '-n', 'app1');
    for (let length = 0; length < good.length; length += 1)
      expect(parseCertificate(good.subarray(0, length))).toBeUndefined();
    expect(parseCertificate(Buffer.concat([good, Buffer.of(0)]))).toBeUndefined();
  });

  it('with lengths that lie is never a crash', () => {
    const good = certify('ca-ecdsa-521', 'host-ecdsa-256', '-h', '-n', 'app1');
    const lengths = fc.constantFrom(0, 1, 4, 31, 33, 255, 65_536, 0x7fffffff, 0xffffffff);
    fc.assert(
      fc.property(fc.nat(good.length - 4), lengths, (at, length) => {
        const bytes = Buffer.from(good);
        bytes.writeUInt32BE(length, at);
        plainKey(bytes);
        if (!bytes.equals(good)) expect(problemOf(bytes)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('the parts of a certificate', () => {
  const authority = ed25519();
  const key = ed25519().wire;
  const read = (says: Certified, shown = key) => parseCertificate(certify(authority, shown, says));
  const problemOf = (says: Certified, by: TestKey = authority, shown = key) => {
    const certificate = parseCertificate(certify(by, shown, says));
    return certificate === undefined ? 'unreadable' : certificateProblem(certificate, 'app1', Date.now());
  };

  it('are read from it', () => {
    expect(read({ serial: 2n ** 63n, after: 1n, before: 2n })).toMatchObject({
      ...{ key, serial: 2n ** 63n, kind: 'host', id: 'the id', principals: ['app1'], validAfter: 1n, validBefore: 2n },
      ...{ hasCriticalOptions: false, authority: authority.wire },
    });
    expect(read({ critical: 'x' })?.hasCriticalOptions).toBe(true);
    expect([1, 2, 3].map((kind) => read({ kind })?.kind)).toEqual(['user', 'host', 'unknown']);
  });

  it('are up to 256 names, each of them whole', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `app${at}`);
    expect(read({ principals: names(256) })?.principals).toEqual(names(256));
    expect(read({ principals: names(257) })).toBeUndefined();
    expect(read({ principals: Buffer.concat([field('app1'), field('app2').subarray(0, -1)]) })).toBeUndefined();
  });

  it('are those of a key of a known type', () => {
    expect(read({}, field('ssh-made-up'))).toBeUndefined();
    expect(problemOf({}, authority, Buffer.concat([field('ssh-ed25519'), field(Buffer.alloc(31))]))).toBe('damaged');
  });

  it('are signed by its authority, by one of the algorithms for the key of that', () => {
    for (const by of [authority, ecdsa(256), ecdsa(384), ecdsa(521)]) expect(problemOf({}, by)).toBeUndefined();
    const byRsa = rsa();
    const withRsa = (algorithm: string) => problemOf({ signed: (bytes) => signature(byRsa, bytes, algorithm) }, byRsa);
    expect(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'made-up'].map(withRsa)).toEqual([
      ...[undefined, undefined],
      ...['wrong-signature', 'wrong-signature'],
    ]);
    // The name of the algorithm decides, not what the signature turns out to be.
    const misnamed = (bytes: Buffer) =>
      Buffer.concat([field('ssh-ed25519'), field(sign('sha256', bytes, byRsa.privateKey))]);
    expect(problemOf({ signed: misnamed }, byRsa)).toBe('wrong-signature');
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['is empty', () => Buffer.alloc(0)],
    ['has no value', () => field('ssh-ed25519')],
    ['has more than a value', (bytes) => Buffer.concat([signature(authority, bytes), field('x')])],
    ['is of another key', (bytes) => signature(ed25519(), bytes)],
    ['is of other bytes', (bytes) => signature(authority, bytes.subarray(1))],
  ])('are not believed where the signature %s', (_, signed) => {
    expect(problemOf({ signed })).toBe('wrong-signature');
  });

  it('are not believed where a number of the signature is longer than the curve', () => {
    const numbers = Buffer.concat([field(Buffer.alloc(40, 1)), field(Buffer.alloc(32, 1))]);
    const signed = () => Buffer.concat([field('ecdsa-sha2-nistp256'), field(numbers)]);
    expect(problemOf({ signed }, ecdsa(256))).toBe('wrong-signature');
  });

  it('are not believed where the key of the authority has something behind it', () => {
    const { wire, privateKey } = authority;
    expect(problemOf({}, { wire: Buffer.concat([wire, field('x')]), privateKey })).toBe('wrong-signature');
  });
});

describe('the time of a certificate', () => {
  it('is named in UTC, and its bounds as OpenSSH names them', () => {
    expect(certificateTime(0n)).toBe('always');
    expect(certificateTime(1n)).toBe('1970-01-01T00:00:01.000Z');
    expect(certificateTime(253_402_300_799n)).toBe('9999-12-31T23:59:59.000Z');
    expect(certificateTime(253_402_300_800n)).toBe('forever');
    expect(certificateTime(2n ** 64n - 1n)).toBe('forever');
  });
});

describe('a key that is no certificate', () => {
  it('is its own plain key', () => {
    const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl', 'base64');
    expect(isCertificate(key)).toBe(false);
    expect(plainKey(key)).toBe(key);
    expect(parseCertificate(key)).toBeUndefined();
  });
});
