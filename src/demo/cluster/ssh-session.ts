import { constants } from 'node:os';
import type { Connection, ServerChannel, Session, X11Info } from 'ssh2';
import type { Log } from '../../shared/log/log.js';
import { endProcess } from '../end-process.js';
import { type Desktop, desktopTitle, startDesktop } from './desktop.js';
import { openForwardedDisplay } from './forwarded-display.js';

/** The command of `ldm` for the desktop. The script on its standard input is not read. */
const desktopCommand = 'exec /bin/sh -s ldm-desktop';

export interface SessionOptions {
  readonly connection: Connection;
  readonly address: string;
  readonly desktop: Desktop;
  readonly folder: string;
  readonly log: Log;
  /** The functions that end the running desktops of this server. */
  readonly desktops: Set<() => Promise<void>>;
}

/** How a demo server responds to a command. The command itself never runs. */
export type CommandResult =
  | { readonly kind: 'desktop' }
  | { readonly kind: 'says'; readonly text: string; readonly code: number };

export function commandResult(command: string, address: string): CommandResult {
  if (command === desktopCommand) return { kind: 'desktop' };
  switch (command.trim()) {
    case 'true':
      return { kind: 'says', text: '', code: 0 };
    case 'false':
      return { kind: 'says', text: '', code: 1 };
    case 'hostname':
      return { kind: 'says', text: `${address}\n`, code: 0 };
    default:
      return {
        kind: 'says',
        text: 'A demo server runs nothing but its desktop, hostname, true and false.\n',
        code: 127,
      };
  }
}

/** Serves one session channel: X11 forwarding on request, then one command. */
export function serveSession(session: Session, options: SessionOptions): void {
  let x11: X11Info | undefined;
  session.on('x11', (accept, _reject, request) => {
    x11 = request;
    // Missing if the client wants no reply.
    accept?.();
  });
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept();
    channel.on('error', () => {});
    // Input is discarded, but its end must be noticed.
    channel.resume();
    const result = commandResult(command, options.address);
    if (result.kind === 'says') end(channel, result.code, result.code === 127 ? 'stderr' : 'stdout', result.text);
    else if (x11 === undefined) end(channel, 1, 'stderr', 'The demo desktop needs X11 forwarding.\n');
    else {
      runDesktop(channel, x11, options).catch((error: Error) => {
        options.log.error('demo-desktop-failed', { server: options.address, problem: error.message });
        end(channel, 1, 'stderr', `The demo desktop cannot be started: ${error.message}\n`);
      });
    }
  });
}

async function runDesktop(channel: ServerChannel, request: X11Info, options: SessionOptions): Promise<void> {
  const { connection, address, folder, desktop, desktops, log } = options;
  const display = await openForwardedDisplay({ client: connection, request, address, folder });
  try {
    const child = startDesktop(desktop, { title: desktopTitle(address), ...display });
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
    const stop = (): Promise<void> => endProcess(child);
    desktops.add(stop);
    const stopInBackground = (): void => void stop();
    connection.once('close', stopInBackground);
    channel.once('close', stopInBackground);
    log.info('demo-desktop-started', { server: address, program: desktop.path });
    try {
      end(channel, await ended, 'stdout', '');
    } finally {
      desktops.delete(stop);
      log.info('demo-desktop-ended', { server: address });
    }
  } finally {
    await display.close();
  }
}

function end(channel: ServerChannel, code: number, stream: 'stdout' | 'stderr', text: string): void {
  if (text !== '') (stream === 'stderr' ? channel.stderr : channel).write(text);
  channel.exit(code);
  channel.end();
}
