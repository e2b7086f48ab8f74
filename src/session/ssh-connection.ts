import { connect, type LookupFunction, type Socket } from 'node:net';
import { Client, type ClientChannel } from 'ssh2';
import type { Secret } from '../settings/secret.js';
import type { ServerAddress } from '../settings/server-address.js';
import type { SshOptions } from '../settings/ssh-options.js';
import { algorithmsOf } from './connect-config.js';
import { type HostKeyCheck, HostKeyProof } from './host-key-proof.js';
import { type SilenceListener, watchServer } from './server-watch.js';
import { SessionError, toSessionError } from './session-error.js';
import { type Dialogue, SignIn } from './sign-in.js';
import { refuseSmallGroups } from './ssh2-groups.js';
import { enforceLimits } from './ssh2-limits.js';
import type { X11Forwarding } from './x11-forwarding.js';

export interface ConnectOptions {
  /** The address that answered last, or null to look the name up. */
  readonly address: string | null;
  /** ms for connection, key exchange and the first answer to the user name, each step counted from the last. */
  readonly timeoutMs: number;
  readonly lookup: LookupFunction;
  /** Host key algorithms in the order of preference. */
  readonly hostKeyAlgorithms: readonly string[];
  readonly checkHostKey: (key: Buffer) => Promise<HostKeyCheck>;
  /** What the administrator wants otherwise than usual. */
  readonly sshOptions?: SshOptions | undefined;
  readonly signal: AbortSignal;
}

/** PAM may ask LDAP, and waits some seconds itself after a wrong password. */
const verificationFactor = 3;
/**
 * Until the session runs nothing but TCP judges the connection: PAM may take long to open a session, and sshd answers
 * nothing meanwhile, but its kernel does. After so many ms without a packet the kernel asks, and 10 s later it is sure.
 */
const tcpKeepaliveMs = 60_000;

/**
 * Connects and checks the host key; resolves when the server has proved that it holds that key and takes sign-ins.
 * By then no user name and no password was sent: ssh2 asks the auth handler only behind the encrypted key exchange,
 * and the handler holds still until {@link VerifiedConnection.signIn}.
 * @throws {SessionError}
 */
export function openConnection(server: ServerAddress, options: ConnectOptions): Promise<VerifiedConnection> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const socket = connect({
      host: options.address ?? server.host,
      port: server.port,
      lookup: options.lookup,
      autoSelectFamily: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: tcpKeepaliveMs,
    });
    const proof = new HostKeyProof(options.checkHostKey);
    const signIn = new SignIn(() => {
      proof.complete().then(() => {
        finish();
        resolve(new VerifiedConnection(server, client, socket, signIn, options.timeoutMs));
      }, fail);
    });
    const finish = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      finish();
      proof.giveUp();
      socket.destroy();
      reject(proof.refusal ?? toSessionError(error));
    };
    const onAbort = (): void => fail(new SessionError('cancelled', 'no longer wanted'));
    const timer = setTimeout(
      () => fail(new SessionError('timeout', `no verified host key within ${options.timeoutMs / 1000} s`)),
      options.timeoutMs,
    );
    socket.once('connect', () => timer.refresh());
    options.signal.addEventListener('abort', onAbort);
    client.on('error', fail);
    client.once('handshake', () => proof.handshakeThrough());
    client.on('banner', (text) => signIn.onBanner(text));
    client.on('close', () => fail(new SessionError('closed', 'closed before the host key was verified')));
    client.connect({
      sock: socket,
      // A placeholder that is never sent: each method that the auth handler names brings the real one.
      username: '',
      readyTimeout: 0,
      // ssh2's own would end the connection by itself; see server-watch.ts.
      keepaliveInterval: 0,
      algorithms: algorithmsOf(options) as never,
      authHandler: (methods, partial, next) => signIn.onServerReady(methods, partial, next),
      hostVerifier: (key: Buffer, answer: (accepted: boolean) => void) => proof.shown(key, answer),
    });
    enforceLimits(client, socket);
    refuseSmallGroups(client);
    if (options.signal.aborted) onAbort();
  });
}

/** A server whose host key is verified, before sign-in. */
export class VerifiedConnection {
  constructor(
    readonly server: ServerAddress,
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly signInState: SignIn,
    private readonly timeoutMs: number,
  ) {
    // Whoever listens comes later; until then an error must not end the process.
    client.on('error', () => {});
  }

  close(): void {
    this.socket.destroy();
  }

  /**
   * Signs the user in: keyboard-interactive where offered, else password. The password answers the first hidden
   * prompt, the dialogue every other.
   * @throws {SessionError} `wrong-credentials` once the server has refused them; other codes where the server failed
   */
  async signIn(user: string, password: Secret, dialogue: Dialogue, signal: AbortSignal): Promise<Connection> {
    try {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(new SessionError('cancelled', 'during sign-in'));
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        this.client.on('error', reject);
        this.client.on('close', () => reject(new SessionError('closed', 'closed during sign-in')));
        this.client.on('ready', resolve);
        const patience = { answerMs: this.timeoutMs, verificationMs: this.timeoutMs * verificationFactor };
        this.signInState.begin(this.client, { user, password, dialogue, patience, onFailure: reject });
      });
      return new Connection(this.server, this.client, this.socket);
    } catch (error) {
      this.close();
      throw this.signInState.judge(error);
    } finally {
      this.signInState.end();
    }
  }
}

/** How a command on the server ended. */
export type CommandEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | ({ readonly kind: 'lost' } & Loss);

export interface Loss {
  readonly cause: LossCause;
  /** For the log. */
  readonly detail: string;
}

/**
 * Why the end of a command is not known: the connection was cut, the server stayed silent for too long, or it was given
 * up here while the server did not answer.
 */
export type LossCause = 'cut' | 'silent' | 'given-up';

export interface RunningCommand {
  readonly channel: ClientChannel;
  /** Resolves when its first process has ended; others of its may hold its output open. Never when the end is lost. */
  readonly exited: Promise<void>;
  /** Resolves when the channel is closed and its output read, as far as anybody reads it. */
  readonly ended: Promise<CommandEnd>;
}

/** A signed-in connection. */
export class Connection {
  private lost: Loss = { cause: 'cut', detail: 'the connection ended' };

  constructor(
    readonly server: ServerAddress,
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    client.on('error', (error) => {
      this.lost = { cause: 'cut', detail: error.message };
    });
  }

  /**
   * From now on the server has to answer: the listener hears when it does not, and after this silence in ms the
   * connection is given up.
   */
  watch(giveUpAfterMs: number, listener: SilenceListener): void {
    // It may judge sooner than we do.
    this.socket.setKeepAlive(false);
    const givenUp = (): void => this.abandon('silent', `no answer for ${giveUpAfterMs / 1000} s`);
    watchServer(this.client, this.socket, giveUpAfterMs, { ...listener, givenUp });
  }

  /** Ends the connection to a server that does not answer, without a word to it. */
  abandon(cause: LossCause, detail: string): void {
    this.lost = { cause, detail };
    this.socket.destroy();
  }

  /**
   * Starts a command, with X11 forwarded where asked.
   * @throws {SessionError} `command-refused`, `x11-refused` or `closed`
   */
  run(command: string, x11?: X11Forwarding): Promise<RunningCommand> {
    if (x11) this.client.on('x11', (details, accept, reject) => x11.accept(details, accept, reject));
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new SessionError('closed', 'closed before the command began'));
      this.client.once('close', onClose);
      this.client.exec(command, x11 ? { x11: x11.request } : {}, (error, channel) => {
        this.client.off('close', onClose);
        if (error) {
          const code = /X11/.test(error.message) ? 'x11-refused' : 'command-refused';
          reject(/No response/.test(error.message) ? toSessionError(error) : new SessionError(code, error.message));
          return;
        }
        const exited = new Promise<void>((end) => channel.once('exit', () => end()));
        resolve({ channel, exited, ended: commandEnd(channel, () => this.lost) });
      });
    });
  }

  close(): void {
    this.client.end();
    // A server that no longer reads must not hold the process; once ended, ssh2 itself does not destroy the socket.
    setTimeout(() => this.socket.destroy(), 1_000).unref();
  }
}

function commandEnd(channel: ClientChannel, lost: () => Loss): Promise<CommandEnd> {
  return new Promise((resolve) => {
    let end: CommandEnd | undefined;
    channel.on('exit', (code: number | null, signal?: string) => {
      end = code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', code };
    });
    channel.on('error', () => {});
    channel.on('close', () => {
      const finish = (): void => resolve(end ?? { kind: 'lost', ...lost() });
      // ssh2 waits for the end of the output alone; what was said on standard error may still be on its way.
      const { stderr } = channel;
      if (stderr.readableEnded || stderr.readableFlowing === null) finish();
      else stderr.once('close', finish);
    });
  });
}
