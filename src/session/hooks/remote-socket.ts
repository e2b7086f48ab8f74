import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { encodeFrame, FrameReader, framed, type RemoteEnd } from '../../protocol/remote-frames.js';
import { errorMessage } from '../../shared/errors.js';
import type { RunningCommand } from '../ssh/connection.js';

/** The socket over which programs on this client run commands on the server: LDM_SOCKET of the hooks. */
export interface RemoteSocket {
  readonly path: string;
  /** Accepts commands from now on. */
  listen(run: (command: string) => Promise<RunningCommand>): Promise<void>;
  /** Accepts no more commands, ends those that run, and removes the socket. */
  close(): void;
}

/**
 * A socket in its own directory, which no other user may enter.
 * @param parent the directory to create that in
 */
export function createRemoteSocket(parent: string): RemoteSocket {
  const folder = mkdtempSync(join(parent, 'ldm-'));
  const path = join(folder, 'remote');
  const open = new Set<Socket>();
  let run: (command: string) => Promise<RunningCommand> = () => Promise.reject(new Error('not signed in'));
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, (command) => run(command));
  });
  return {
    path,
    async listen(runCommand) {
      run = runCommand;
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
      chmodSync(path, 0o600);
    },
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serve(socket: Socket, run: (command: string) => Promise<RunningCommand>): void {
  const reader = new FrameReader();
  const input: Buffer[] = [];
  let running: RunningCommand | 'starting' | undefined;
  let hasEnded = false;
  socket.on('data', (chunk) => {
    try {
      for (const { kind, payload } of reader.read(chunk)) {
        if (kind === 'c' && running === undefined) {
          running = 'starting';
          void start(payload.toString('utf8'));
        } else if (kind === 'i' && running !== undefined) {
          if (running === 'starting') input.push(payload);
          else if (!running.channel.write(payload)) pauseUntilDrained(running);
        } else throw new RangeError('not now');
      }
    } catch {
      socket.destroy();
    }
  });
  socket.on('end', () => {
    hasEnded = true;
    if (running === undefined) socket.destroy();
    else if (running !== 'starting') running.channel.end();
  });

  const start = async (command: string): Promise<void> => {
    try {
      const begun = await run(command);
      running = begun;
      socket.on('close', () => begun.channel.destroy());
      for (const chunk of input.splice(0)) begun.channel.write(chunk);
      if (hasEnded) begun.channel.end();
      end(await passOutput(begun, socket));
    } catch (error) {
      end({ kind: 'refused', detail: errorMessage(error) });
    }
  };
  const pauseUntilDrained = ({ channel }: RunningCommand): void => {
    socket.pause();
    channel.once('drain', () => socket.resume());
  };
  const end = (how: RemoteEnd): void => {
    socket.end(encodeFrame('x', Buffer.from(JSON.stringify(how))));
  };
}

/** All output goes to the socket, at the pace of its reader. */
async function passOutput({ channel, ended }: RunningCommand, socket: Socket): Promise<RemoteEnd> {
  const output = framed('o');
  const errors = framed('e');
  channel.pipe(output).pipe(socket, { end: false });
  channel.stderr.pipe(errors).pipe(socket, { end: false });
  const [end] = await Promise.all([ended, finished(output), finished(errors)]);
  return end;
}
