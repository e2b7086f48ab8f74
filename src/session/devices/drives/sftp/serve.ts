import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { unlessAborted } from '../../../../shared/abort.js';
import type { MediumFiles } from './medium-files.js';
import { namesIn } from './medium-path.js';
import { PacketReader, Preamble } from './packet-reader.js';
import { MalformedPacketError, SftpError, type StatusCode, status } from './protocol.js';
import {
  attributesReply,
  dataReply,
  handleReply,
  namesReply,
  spaceReply,
  statusReply,
  versionReply,
} from './replies.js';
import { type Action, parseRequest, type Request } from './requests.js';

/** So many answers may wait for the medium at a time; what else comes waits. */
const maxWaiting = 64;

const ended = { done: true } as const;

export interface Serving {
  /** Called when the other end has begun to speak SFTP. */
  greeted(): void;
  /** What comes before SFTP ends with it. */
  readonly preamble: string;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/**
 * Serves the files of a medium to the sshfs at the other end, one request after another. Reads no further than it has
 * answered, so that a fast other end waits for a slow medium. Resolves when the other end has hung up; what it had open
 * is closed then.
 * @throws {MalformedPacketError} where the other end does not speak SFTP
 */
export async function serveMedium(channel: Duplex, files: MediumFiles, serving: Serving): Promise<void> {
  const { greeted, signal } = serving;
  const preamble = new Preamble(serving.preamble);
  const reader = new PacketReader();
  const waiting = new Set<Promise<void>>();
  const over = new AbortController();
  const end = (): void => over.abort();
  channel.once('close', end);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const send = async (reply: Buffer): Promise<void> => {
    if (!channel.writable || channel.write(reply)) return;
    // A channel that has ended takes no more.
    await once(channel, 'drain', { signal: over.signal }).catch(() => {});
  };
  const answerLater = async (id: number, done: () => Promise<void>): Promise<void> => {
    const later = done()
      .then(
        () => send(statusReply(id, status.ok, '')),
        (error: unknown) => send(failureReply(id, error)),
      )
      .finally(() => waiting.delete(later));
    waiting.add(later);
    if (waiting.size >= maxWaiting) await Promise.race(waiting);
  };
  const answer = async (request: Request): Promise<void> => {
    if (request.kind === 'init') return send(versionReply());
    const { id, action } = request;
    try {
      const result = await perform(id, action, files);
      if (typeof result === 'function') await answerLater(id, result);
      else await send(result);
    } catch (error) {
      await send(failureReply(id, error));
    }
  };
  let isGreeted = false;
  const chunks: AsyncIterator<Buffer> = channel[Symbol.asyncIterator]();
  // A connection that breaks is an end as any other. (Promise.race with one promise for all would keep every chunk.)
  const next = () => unlessAborted(chunks.next(), over.signal, () => new Error('over')).catch(() => ended);
  try {
    for (let chunk = await next(); !chunk.done && !signal.aborted; chunk = await next()) {
      for (const packet of reader.read(preamble.read(chunk.value))) {
        const request = parseRequest(packet);
        if ((request.kind === 'init') === isGreeted) throw new MalformedPacketError('a greeting at the wrong time');
        if (!isGreeted) greeted();
        isGreeted = true;
        if (!signal.aborted) await answer(request);
      }
    }
  } finally {
    signal.removeEventListener('abort', end);
    channel.destroy();
    await files.closeAll();
    await Promise.allSettled(waiting);
  }
}

/** @returns the answer, or what it is to wait for */
async function perform(id: number, action: Action, files: MediumFiles): Promise<Buffer | (() => Promise<void>)> {
  switch (action.kind) {
    case 'open':
      return handleReply(id, await files.open(action.path, action.flags, action.attributes));
    case 'opendir':
      return handleReply(id, await files.opendir(action.path));
    case 'close':
      return files.close(action.handle);
    case 'fsync':
      return files.fsync(action.handle);
    case 'read':
      return dataReply(id, await files.read(action.handle, action.offset, action.length));
    case 'readdir':
      return namesReply(id, await files.readdir(action.handle));
    case 'lstat':
      return attributesReply(id, await files.lstat(action.path));
    case 'stat':
      return attributesReply(id, await files.stat(action.path));
    case 'fstat':
      return attributesReply(id, await files.fstat(action.handle));
    case 'readlink':
      return namesReply(id, [{ name: await files.readlink(action.path) }]);
    case 'realpath':
      return namesReply(id, [{ name: realPath(action.path) }]);
    case 'statvfs':
      return spaceReply(id, await files.space());
    default:
      await change(action, files);
      return statusReply(id, status.ok, '');
  }
}

type Change = Extract<
  Action,
  { kind: 'write' | 'setstat' | 'fsetstat' | 'mkdir' | 'remove' | 'rmdir' | 'rename' | 'unsupported' }
>;

function change(action: Change, files: MediumFiles): Promise<void> {
  switch (action.kind) {
    case 'write':
      return files.write(action.handle, action.offset, action.data);
    case 'setstat':
      return files.setstat(action.path, action.attributes);
    case 'fsetstat':
      return files.fsetstat(action.handle, action.attributes);
    case 'mkdir':
      return files.mkdir(action.path, action.attributes);
    case 'remove':
      return files.remove(action.path);
    case 'rmdir':
      return files.rmdir(action.path);
    case 'rename':
      return files.rename(action.path, action.to, action.replaces);
    case 'unsupported':
      throw new SftpError(status.unsupported, 'not offered');
  }
}

/** Without looking at the medium. */
function realPath(path: Buffer): Buffer {
  const slash = Buffer.from('/');
  const parts = namesIn(path).flatMap((name) => [slash, name]);
  return parts.length === 0 ? slash : Buffer.concat(parts);
}

/** What stands in an error of the system stays here: it names paths of this client. */
function failureReply(id: number, error: unknown): Buffer {
  if (error instanceof SftpError) return statusReply(id, error.code, error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return statusReply(id, statusOf(code), code);
}

export function statusOf(systemCode: string): StatusCode {
  switch (systemCode) {
    case 'ENOENT':
      return status.noSuchFile;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    // A link or a file in the middle of a path.
    case 'ELOOP':
      return status.permissionDenied;
    default:
      return status.failure;
  }
}
