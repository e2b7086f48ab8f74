import type { Channel, ClientChannel } from 'ssh2';
import type { ServerAddress } from '../../shared/server-address.js';
import { alwaysWriteNow } from '../../shared/write-now.js';
import { SessionError, toSessionError } from '../session-error.js';
import { packets } from '../ssh2/hooks.js';
import type { X11Forwarding } from '../x11/forwarding.js';
import { type SilenceListener, sessionPulse, watchServer } from './server-watch.js';
import type { Transport } from './transport.js';

/** How a command on the server ended. */
export type CommandEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | ({ readonly kind: 'lost' } & Loss);

export interface Loss {
  readonly cause: LossCause;
  /** For the log. */
  readonly detail: string;
  /** The last message of the server, untrusted. */
  readonly serverMessage?: string | undefined;
}

/**
 * Why the end of a command is not known: the connection was cut, the server stayed silent for too long, or the user gave
 * up a server that did not answer.
 */
export type LossCause = 'cut' | 'silent' | 'given-up';

export interface RunningCommand {
  readonly channel: ClientChannel;
  /** Resolves when its first process has ended; others may hold its output open. Never when the end is lost. */
  readonly exited: Promise<void>;
  /** Resolves when the channel is closed and its output is read, as far as anybody reads it. */
  readonly ended: Promise<CommandEnd>;
}

/** The watch of the sign-in, which the connection takes over. */
export interface SignInWatch {
  readonly stopWatching: () => void;
  /** Why the connection was given up, if it was. */
  readonly givenUp: () => SessionError | undefined;
}

/** A signed-in connection. */
export class Connection {
  readonly server: ServerAddress;
  readonly #transport: Transport;
  readonly #signInWatch: SignInWatch;
  #loss: Loss = { cause: 'cut', detail: 'the connection ended' };

  constructor(server: ServerAddress, transport: Transport, signInWatch: SignInWatch) {
    this.server = server;
    this.#transport = transport;
    this.#signInWatch = signInWatch;
    transport.client.on('error', (error) => {
      this.#loss = { cause: 'cut', detail: error.message };
    });
  }

  /**
   * From now on the server has to answer: the listener hears when it does not, and after this silence in ms the
   * connection is given up.
   */
  watch(giveUpAfterMs: number, listener: SilenceListener): void {
    const { client, socket } = this.#transport;
    // It counts what the socket has written, as no watch does from here on.
    this.#signInWatch.stopWatching();
    alwaysWriteNow(socket, (packet, isTaken) => packets.written(packet, isTaken));
    // TCP's keepalive may judge sooner than this watch.
    socket.setKeepAlive(false);
    const givenUp = (): void => this.abandon('silent', `no answer for ${giveUpAfterMs / 1000} s`);
    watchServer(socket, sessionPulse(client, socket), giveUpAfterMs, { ...listener, givenUp });
  }

  /** Ends the connection to a server that does not answer, without telling it. */
  abandon(cause: LossCause, detail: string): void {
    this.#loss = { cause, detail };
    this.#transport.socket.destroy();
  }

  /**
   * Starts a command, with X11 forwarded where asked.
   * @param requests `at-once` saves a round trip, and the command may have begun when X11 is refused. So it is for a command
   * that does nothing before it gets its input.
   * @throws {SessionError} `command-refused`, `x11-refused` or `closed`
   */
  run(command: string, x11?: X11Forwarding, requests: 'in-turn' | 'at-once' = 'in-turn'): Promise<RunningCommand> {
    const { client, messages } = this.#transport;
    const onX11: X11Forwarding['accept'] = (...channel) => x11?.accept(...channel);
    if (x11) client.on('x11', onX11);
    return new Promise((resolve, reject) => {
      const explained = (error: SessionError): SessionError => this.#signInWatch.givenUp() ?? messages.explain(error);
      const onClose = (): void => reject(explained(new SessionError('closed', 'closed before the command began')));
      client.once('close', onClose);
      // `atOnce` is of scripts/ssh2-seam.mjs. Then the reply to the command follows a refusal of X11.
      const options = x11 ? { x11: x11.request, atOnce: requests === 'at-once' } : {};
      let isOver = false;
      client.exec(command, options, (error, channel) => {
        if (isOver) return;
        isOver = true;
        client.off('close', onClose);
        if (error) {
          client.off('x11', onX11);
          reject(explained(refusalOf(error)));
          return;
        }
        const exited = new Promise<void>((end) => channel.once('exit', () => end()));
        resolve({ channel, exited, ended: commandEnd(channel, () => this.#explainedLoss()) });
      });
    });
  }

  /**
   * Has the server listen at a socket of its own, and hears of each program that connects there.
   * @param path on the server; nothing is there yet
   * @throws where the server forbids it (`AllowStreamLocalForwarding`) or cannot
   */
  forwardSocket(path: string, onConnection: (accept: () => Channel, reject: () => void) => void): Promise<void> {
    const { client } = this.#transport;
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new SessionError('closed', 'closed before the socket was there'));
      client.once('close', onClose);
      client.on('unix connection', ({ socketPath }, accept, refuse) => {
        if (socketPath === path) onConnection(accept, refuse);
      });
      client.openssh_forwardInStreamLocal(path, (error) => {
        client.off('close', onClose);
        if (error) reject(new Error('the server forwards no socket', { cause: error }));
        else resolve();
      });
    });
  }

  close(): void {
    const { client, socket } = this.#transport;
    client.end();
    // A server that no longer reads must not hold the process; once ended, ssh2 itself does not destroy the socket.
    setTimeout(() => socket.destroy(), 1_000).unref();
  }

  #explainedLoss(): Loss {
    const serverMessage = this.#loss.cause === 'cut' ? this.#transport.messages.last : undefined;
    return { ...this.#loss, ...(serverMessage !== undefined && { serverMessage }) };
  }
}

/** The meaning of a refused channel or command, with the server's message (RFC 4254 section 5.1). */
function refusalOf(error: Error): SessionError {
  if (/No response/.test(error.message)) return toSessionError(error);
  if (/X11/.test(error.message)) return new SessionError('x11-refused', error.message, { cause: error });
  const [, serverMessage] = /Channel open failure: (.*)$/s.exec(error.message) ?? [];
  return new SessionError('command-refused', error.message, { serverMessage, cause: error });
}

function commandEnd(channel: ClientChannel, loss: () => Loss): Promise<CommandEnd> {
  return new Promise((resolve) => {
    let end: CommandEnd | undefined;
    channel.on('exit', (code: number | null, signal?: string) => {
      end = code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', code };
    });
    channel.on('error', () => {});
    channel.on('close', () => {
      const finish = (): void => resolve(end ?? { kind: 'lost', ...loss() });
      // ssh2 waits for the end of standard output alone; standard error may still be on its way.
      const { stderr } = channel;
      if (stderr.readableEnded || stderr.readableFlowing === null) finish();
      else stderr.once('close', finish);
    });
  });
}
