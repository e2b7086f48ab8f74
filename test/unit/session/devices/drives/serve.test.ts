import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { MediumFiles } from '../../../../../src/session/devices/drives/sftp/medium-files.js';
import { MalformedPacketError, status } from '../../../../../src/session/devices/drives/sftp/protocol.js';
import { serveMedium, statusOf } from '../../../../../src/session/devices/drives/sftp/serve.js';

const hello = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]);
/** A link, which is never made. */
const symlink = Buffer.from([0, 0, 0, 5, 20, 0, 0, 0, 7]);

/** Serves what comes in, to its end. @returns what went out */
async function served(input: readonly Buffer[], signal = new AbortController().signal, preamble = ''): Promise<Buffer> {
  const toServer = new PassThrough();
  const out: Buffer[] = [];
  const fromServer = new PassThrough().on('data', (chunk: Buffer) => out.push(chunk));
  const channel = Duplex.from({ readable: toServer, writable: fromServer });
  for (const chunk of input) toServer.write(chunk);
  if (!signal.aborted) toServer.end();
  const files = { closeAll: async () => {} } as MediumFiles;
  await serveMedium(channel, files, { greeted: () => {}, preamble, signal });
  return Buffer.concat(out);
}

describe('a medium is served', () => {
  it('with the version and the extensions that sshfs uses', async () => {
    const reply = String(await served([hello]));
    for (const name of ['posix-rename@openssh.com', 'statvfs@openssh.com', 'fsync@openssh.com']) {
      expect(reply).toContain(name);
    }
  });

  it('after the greeting alone, and after one greeting', async () => {
    await expect(served([symlink])).rejects.toThrow(MalformedPacketError);
    await expect(served([hello, hello])).rejects.toThrow(MalformedPacketError);
  });

  it('after what a login shell prints', async () => {
    const noise = [Buffer.from('Welcome\nbeg'), Buffer.concat([Buffer.from('ins\n'), hello])];
    expect(String(await served(noise, undefined, 'begins\n'))).toContain('statvfs');
    await expect(served([Buffer.alloc(200_000, 'x')], undefined, 'begins\n')).rejects.toThrow(MalformedPacketError);
  });

  it('without links', async () => {
    const reply = await served([hello, symlink]);
    const unsupported = Buffer.from([101, 0, 0, 0, 7, 0, 0, 0, status.unsupported]);
    expect(reply.includes(unsupported)).toBe(true);
  });

  it('until it is told to end, even if the other end stays', async () => {
    const end = new AbortController();
    end.abort();
    expect(await served([hello], end.signal)).toHaveLength(0);
  });

  it.each([
    ['ENOENT', status.noSuchFile],
    ['EACCES', status.permissionDenied],
    ['EROFS', status.permissionDenied],
    ['ELOOP', status.permissionDenied],
    ['ENOSPC', status.failure],
    ['EIO', status.failure],
  ])('with a status for the error %s', (code, expected) => {
    expect(statusOf(code)).toBe(expected);
  });
});
