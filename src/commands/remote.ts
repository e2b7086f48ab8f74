import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Command } from 'commander';
import { encodeFrame, FrameReader, framed, type RemoteEnd } from '../protocol/remote-frames.js';
import { argumentsCommand } from '../session/remote-command.js';
import { errorCode } from '../shared/errors.js';
import { CommandError, exitCode } from './common/exit-codes.js';

export function addRemoteCommand(program: Command): void {
  program
    .command('remote')
    .summary('for hooks: run a command on the server of the session')
    .description(
      'Runs COMMAND as the user on the server, over the connection of the login that runs the hook ($LDM_SOCKET). One ' +
        'argument is a command line; several are passed exactly. Input, output and exit code are passed through.',
    )
    .argument('<command...>', 'command to run')
    .action(async (argv: string[]) => {
      process.exitCode = await runRemote(argumentsCommand(argv), process.env.LDM_SOCKET);
    });
}

/** @returns the command's own exit code @throws {CommandError} */
async function runRemote(command: string, path: string | undefined): Promise<number> {
  if (path === undefined || path === '') {
    throw new CommandError(exitCode.usage, 'LDM_SOCKET is not set: this command is only for the hooks of a login');
  }
  const socket = connect({ path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new CommandError(
      exitCode.noServer,
      `${path}: no login has its connection there (${errorCode(error) ?? error})`,
    );
  }
  // The reading side reports the error, or has gone.
  socket.on('error', () => {});
  process.stdin.on('error', () => {});
  socket.write(encodeFrame('c', Buffer.from(command)));
  process.stdin.pipe(framed('i')).pipe(socket);
  const end = await passOutput(socket);
  process.stdin.destroy();
  socket.destroy();
  switch (end.kind) {
    case 'exit':
      return end.code;
    case 'signal':
      throw new CommandError(exitCode.connectionLost, `the command was ended by ${end.signal}`);
    case 'lost':
      throw new CommandError(exitCode.connectionLost, `the connection was lost: ${end.detail}`);
    case 'refused':
      throw new CommandError(exitCode.noServer, `the server does not run the command: ${end.detail}`);
  }
}

/** Passes the output on, as fast as it is read. */
async function passOutput(socket: Socket): Promise<RemoteEnd> {
  const reader = new FrameReader();
  try {
    for await (const chunk of socket) {
      for (const { kind, payload } of reader.read(chunk as Buffer)) {
        if (kind === 'x') return JSON.parse(payload.toString('utf8')) as RemoteEnd;
        const to = kind === 'o' ? process.stdout : process.stderr;
        if (!to.write(payload)) await once(to, 'drain');
      }
    }
  } catch (error) {
    return { kind: 'lost', detail: errorCode(error) ?? String(error) };
  }
  return { kind: 'lost', detail: 'the login has ended' };
}
