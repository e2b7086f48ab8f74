import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portOf } from '../../../src/demo/cluster/info-service.js';
import { isOwnConnection, readConnections } from '../../../src/demo/cluster/peer.js';
import { commandResult } from '../../../src/demo/cluster/ssh-session.js';
import { difference, isBlank, readPicture } from '../../../src/demo/picture.js';
import { xauthorityRecord } from '../../../src/demo/xauthority-record.js';
import { defaultPick, desktopCommand } from '../../../src/session/remote-command.js';
import { findCookie } from '../../../src/session/x11/xauthority.js';

describe('a demo server', () => {
  it('knows the desktop by the command that ldm sends for it', () => {
    const settings = {
      xsession: undefined,
      session: 'anything',
      language: undefined,
      forceSession: undefined,
      forceLanguage: undefined,
    };
    expect(commandResult(desktopCommand(defaultPick, settings, 'pc01').line, '127.0.0.2')).toEqual({ kind: 'desktop' });
  });

  it('answers anything else with words of its own', () => {
    expect(commandResult('hostname', '127.0.0.2')).toEqual({ kind: 'says', text: '127.0.0.2\n', code: 0 });
    expect(commandResult('hostname; id', '127.0.0.2')).toMatchObject({ kind: 'says', code: 127 });
    expect(commandResult('exec /bin/sh -s ldm-desktop; id', '127.0.0.2')).toMatchObject({ kind: 'says', code: 127 });
  });

  it("tells the connections of the user who runs it from other users'", async () => {
    const server = createServer().listen(0, '127.0.0.2');
    await once(server, 'listening');
    const client = connect({ port: portOf(server), host: '127.0.0.2', localAddress: '127.0.0.3' });
    const [socket] = await once(server, 'connection');
    const table = await readConnections();
    const uid = process.getuid?.() ?? 0;
    expect(isOwnConnection(socket, table, uid)).toBe(true);
    expect(isOwnConnection(socket, table, uid + 1)).toBe(false);
    const { localAddress, localPort, remoteAddress } = socket;
    expect(isOwnConnection({ localAddress, localPort, remoteAddress, remotePort: 1 }, table, uid)).toBe(false);
    client.destroy();
    server.close();
  });

  it('writes the cookie of a display as libXau reads it', () => {
    const data = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const file = xauthorityRecord('10', 'MIT-MAGIC-COOKIE-1', data);
    const display = { socket: { host: '127.0.0.2', port: 6010 }, number: 10, screen: 0 };
    expect(findCookie(file, display, 'anywhere')?.data).toEqual(data);
    expect(findCookie(file, { ...display, number: 11 }, 'anywhere')).toBeUndefined();
  });
});

describe('a picture of the screen', () => {
  it('differs by the part of its pixels that differ', () => {
    const one = readPicture(xwd([1, 1, 1, 1]));
    expect(difference(one, readPicture(xwd([1, 1, 1, 1])))).toBe(0);
    expect(difference(one, readPicture(xwd([1, 2, 1, 1])))).toBe(0.25);
    expect(difference(one, readPicture(xwd([1, 1])))).toBe(1);
  });

  it('is blank when nothing is drawn in it', () => {
    expect(isBlank(readPicture(xwd([7, 7, 7, 7])))).toBe(true);
    expect(isBlank(readPicture(xwd([7, 7, 7, 8])))).toBe(false);
  });

  it('is refused when it is cut short', () => {
    const file = xwd([1, 1, 1, 1]);
    expect(() => readPicture(file.subarray(0, file.length - 1))).toThrow(RangeError);
    expect(() => readPicture(Buffer.alloc(10))).toThrow(RangeError);
  });
});

/** A picture two pixels wide, as xwd writes one: a name behind the header, one color, 32 bits per pixel. */
function xwd(pixels: readonly number[]): Buffer {
  const header = new Array<number>(25).fill(0);
  Object.assign(header, { 0: 104, 1: 7, 4: 2, 5: pixels.length / 2, 11: 32, 12: 8, 19: 1 });
  const words = (values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer).swap32();
  return Buffer.concat([words(header), Buffer.from('xwd\0'), Buffer.alloc(12), words(pixels)]);
}
