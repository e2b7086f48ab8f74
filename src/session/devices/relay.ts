import type { Duplex } from 'node:stream';
import type { Channel } from 'ssh2';
import type { Gate } from './device.js';

/**
 * Joins a program of the session to a service of this client until one of them hangs up. Each side is read only as fast as
 * the other takes it, so a service that stands still holds up that one program.
 * @param onEnded called once, when both ends are closed; `problem` where it was not one of them that hung up
 * @returns ends it at once
 */
export function relay(
  channel: Channel,
  service: Duplex,
  gate: Gate | undefined,
  onEnded: (problem?: string) => void,
): () => void {
  let problem: string | undefined;
  let hasEnded = false;
  const open = new Set<Duplex>([channel, service]);
  const closed = (stream: Duplex): void => {
    open.delete(stream);
    if (open.size > 0 || hasEnded) return;
    hasEnded = true;
    onEnded(problem);
  };
  /** Everything goes out that waits, then the channel closes. ssh2 tells of that only after all that came was read. */
  const finish = (): void => {
    channel.unpipe();
    channel.resume();
    if (channel.writableFinished) channel.close();
    else channel.once('finish', () => channel.close());
    if (!channel.writableEnded) channel.end();
  };
  const end = (): void => {
    service.destroy();
    finish();
    channel.close();
  };
  if ('resume' in channel.stderr) channel.stderr.resume();
  channel.on('error', end);
  channel.on('close', () => {
    closed(channel);
    service.destroy();
  });
  service.on('error', () => service.destroy());
  service.on('close', () => {
    closed(service);
    if (gate === undefined || gate.down.closed) {
      finish();
      return;
    }
    // What the service said last is still on its way through the gate.
    gate.down.once('close', finish);
    gate.down.end();
  });
  if (gate === undefined) {
    channel.pipe(service);
    service.pipe(channel);
    return end;
  }
  for (const stream of [gate.up, gate.down]) {
    stream.on('error', (error) => {
      problem ??= error.message;
      end();
    });
  }
  channel.pipe(gate.up).pipe(service);
  service.pipe(gate.down).pipe(channel);
  return end;
}
