import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketReader } from '../../../../../src/session/devices/drives/sftp/packet-reader.js';
import { MalformedPacketError, openFlag } from '../../../../../src/session/devices/drives/sftp/protocol.js';
import { parseRequest } from '../../../../../src/session/devices/drives/sftp/requests.js';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const string = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
};
const packet = (type: number, ...fields: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from([type]), ...fields]);
const action = (type: number, ...fields: readonly Buffer[]) => {
  const request = parseRequest(packet(type, uint32(7), ...fields));
  expect(request).toMatchObject({ kind: 'numbered', id: 7 });
  return request.kind === 'numbered' ? request.action : undefined;
};
const path = Buffer.from('a/\xff', 'latin1');
const handle = string(uint32(9));
const none = uint32(0);

describe('a request of SFTP', () => {
  it('is read with its fields, and paths stay bytes', () => {
    expect(parseRequest(packet(1, uint32(3)))).toEqual({ kind: 'init', version: 3 });
    expect(action(3, string(path), uint32(openFlag.read), none)).toEqual({
      kind: 'open',
      path,
      flags: 1,
      attributes: {},
    });
    expect(action(4, handle)).toEqual({ kind: 'close', handle: 9 });
    expect(action(5, handle, uint64(2n ** 40n), uint32(100))).toEqual({
      kind: 'read',
      handle: 9,
      offset: 2 ** 40,
      length: 100,
    });
    expect(action(6, handle, uint64(1n), string('data'))).toEqual({
      kind: 'write',
      handle: 9,
      offset: 1,
      data: Buffer.from('data'),
    });
    expect(action(18, string(path), string('b'))).toEqual({
      kind: 'rename',
      path,
      to: Buffer.from('b'),
      replaces: false,
    });
    expect(action(200, string('posix-rename@openssh.com'), string(path), string('b'))).toMatchObject({
      replaces: true,
    });
    expect(action(200, string('statvfs@openssh.com'), string(path))).toEqual({ kind: 'statvfs', path });
    expect(action(200, string('fsync@openssh.com'), handle)).toEqual({ kind: 'fsync', handle: 9 });
  });

  it.each([
    [8, 'fstat'],
    [12, 'readdir'],
  ])('of type %i is about a handle (%s)', (type, kind) => {
    expect(action(type, handle)).toEqual({ kind, handle: 9 });
  });

  it.each([
    [7, 'lstat'],
    [11, 'opendir'],
    [13, 'remove'],
    [15, 'rmdir'],
    [16, 'realpath'],
    [17, 'stat'],
    [19, 'readlink'],
  ])('of type %i is about a path (%s)', (type, kind) => {
    expect(action(type, string(path))).toEqual({ kind, path });
  });

  it('says which attributes it wants to set', () => {
    const all = [uint32(15), uint64(5n), uint32(1), uint32(2), uint32(0o644), uint32(10), uint32(20)];
    const attributes = {
      size: 5,
      owner: { uid: 1, gid: 2 },
      permissions: 0o644,
      times: { accessed: 10, modified: 20 },
    };
    expect(action(9, string(path), ...all)).toEqual({ kind: 'setstat', path, attributes });
    expect(action(10, handle, ...all)).toEqual({ kind: 'fsetstat', handle: 9, attributes });
    expect(action(14, string(path), uint32(4), uint32(0o700))).toMatchObject({ attributes: { permissions: 0o700 } });
  });

  it.each([
    ['a link', 20, [string('/etc/passwd'), string('x')]],
    ['an unknown type', 99, []],
    ['an unknown extension', 200, [string('hardlink@openssh.com'), string('a'), string('b')]],
  ])('that asks for %s is not supported', (_, type, fields) => {
    expect(action(type, ...fields)).toEqual({ kind: 'unsupported' });
  });

  it('with an unknown handle has no handle', () => {
    expect(action(4, string('../etc'))).toEqual({ kind: 'close', handle: -1 });
  });

  it('with a number that no file has is malformed', () => {
    const far = (): unknown => action(5, handle, uint64(2n ** 53n), uint32(1));
    expect(far).toThrow(MalformedPacketError);
    expect(action(5, handle, uint64(2n ** 53n - 1n), uint32(1))).toMatchObject({ offset: Number.MAX_SAFE_INTEGER });
  });

  it('of any bytes is read, or is malformed', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(3, 5, 6, 9, 14, 18, 200), fc.uint8Array({ maxLength: 80 }))
        .map(([type, rest]) => [type, ...rest]),
    );
    fc.assert(
      fc.property(bytes, (one) => {
        try {
          expect(['init', 'numbered']).toContain(parseRequest(Buffer.from(one)).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPacketError);
        }
      }),
    );
  });
});

describe('a stream of packets', () => {
  it('gives the same packets however it is cut', () => {
    const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 10 });
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: 1, max: 30 })), (wanted, cuts) => {
        const stream = Buffer.concat(wanted.map((one) => string(Buffer.from(one))));
        const reader = new PacketReader();
        const found: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          for (const one of reader.read(stream.subarray(at, at + cut))) found.push(Buffer.from(one));
          at += cut;
        }
        expect(found).toEqual(wanted.map((one) => Buffer.from(one)));
      }),
    );
  });

  it.each([0, 128 * 1024 + 1, 0xffff_ffff])('ends at a packet of %i bytes', (length) => {
    expect(() => [...new PacketReader().read(uint32(length))]).toThrow(MalformedPacketError);
  });

  it('takes the longest packet', () => {
    const longest = Buffer.alloc(128 * 1024, 1);
    expect([...new PacketReader().read(string(longest))]).toEqual([longest]);
  });
});
