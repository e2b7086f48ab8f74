import type { Socket } from 'node:net';
import { Client, type ClientChannel } from 'ssh2';
import type { SshOptions } from '../../settings/ssh-options/ssh-options.js';
import { withDeadline } from '../../shared/abort.js';
import type { Secret } from '../../shared/secret.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { type HostKeyCheck, HostKeyProof } from '../host-keys/host-key-proof.js';
import { SessionError, toSessionError } from '../session-error.js';
import { type Dialogue, SignIn } from '../sign-in/sign-in.js';
import { refuseSmallGroups } from '../ssh2/groups.js';
import { algorithmsOf } from './connect-config.js';
import { ServerWords } from './server-messages.js';
import { type SilenceListener, sessionPulse, signInPulse, watchServer } from './server-watch.js';
import '../ssh2/hooks.js';
import { enforceLimits } from '../ssh2/limits.js';
import type { X11Forwarding } from '../x11/forwarding.js';

export interface ConnectOptions {
  /** Connects to the server at one of its addresses; heeds the signal. */
  readonly dial: (signal: AbortSignal) => Promise<Socket>;
  /** ms for the connection, and as many for the key exchange. What comes after it has no limit here. */
  readonly timeoutMs: number;
  /** Host key algorithms in the order of preference. */
  readonly hostKeyAlgorithms: readonly string[];
  readonly checkHostKey: (key: Buffer) => Promise<HostKeyCheck>;
  /** What the administrator wants otherwise than usual. */
  readonly sshOptions?: SshOptions | undefined;
  readonly postQuantum?: 'prefer' | 'require' | undefined;
  /** Whether outdated algorithms are offered too. */
  readonly isLegacy?: boolean | undefined;
  /** Told the names of the algorithms when the connection is secured. */
  readonly onSecured?: (algorithms: Algorithms) => void;
  readonly signal: AbortSignal;
}

/** What a connection is secured with, by the protocol's names. */
export interface Algorithms {
  readonly kex: string;
  readonly hostKey: string;
  readonly cipher: string;
}

/**
 * After so many ms without a packet the kernel asks the other side's, and 10 s later it is sure. This judges alone where
 * `signInPulse` cannot; it cannot judge what was sent and not confirmed.
 */
const tcpKeepaliveMs = 60_000;

/**
 * Connects and checks the host key; resolves when the server has proved that it holds that key and takes sign-ins.
 * By then no user name and no password was sent: ssh2 asks the auth handler only behind the encrypted key exchange,
 * and the handler holds still until {@link VerifiedConnection.signIn}.
 * @throws {SessionError}
 */
export async function openConnection(server: ServerAddress, options: ConnectOptions): Promise<VerifiedConnection> {
  const socket = await dialInTime(options);
  socket.setKeepAlive(true, tcpKeepaliveMs);
  return verify(server, socket, options);
}

/** @throws {SessionError} */
function dialInTime({ dial, timeoutMs, signal }: ConnectOptions): Promise<Socket> {
  return withDeadline(timeoutMs, signal, async (within) => {
    try {
      return await dial(within);
    } catch (error) {
      if (signal.aborted) throw new SessionError('cancelled', 'no longer wanted');
      throw within.aborted
        ? new SessionError('timeout', `no connection within ${timeoutMs / 1000} s`)
        : toSessionError(error);
    }
  });
}

function verify(server: ServerAddress, socket: Socket, options: ConnectOptions): Promise<VerifiedConnection> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const words = new ServerWords();
    words.listenTo(socket);
    const proof = new HostKeyProof(options.checkHostKey);
    const signIn = new SignIn(() => {
      proof.complete().then(() => {
        finish();
        resolve(new VerifiedConnection(server, client, socket, signIn, words));
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
      reject(proof.refusal ?? words.explain(toSessionError(error)));
    };
    const onAbort = (): void => fail(new SessionError('cancelled', 'no longer wanted'));
    const timer = setTimeout(
      () => fail(new SessionError('timeout', `no verified host key within ${options.timeoutMs / 1000} s`)),
      options.timeoutMs,
    );
    options.signal.addEventListener('abort', onAbort);
    client.on('error', fail);
    client.once('handshake', ({ kex, serverHostKey, cs }) => {
      proof.handshakeThrough();
      options.onSecured?.({ kex, hostKey: serverHostKey, cipher: cs.cipher });
    });
    client.on('greeting', (text) => signIn.onBanner(text));
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
    words.listenToGoodbye(client);
    refuseSmallGroups(client);
    if (options.signal.aborted) onAbort();
  });
}

/** A server whose host key is verified, before sign-in. */
export class VerifiedConnection {
  /** This client's own end of it: the address by which this server reaches the client. */
  readonly clientAddress: string | undefined;
  private isSignedIn = false;
  private stopWatching = (): void => {};
  private givenUp: SessionError | undefined;

  constructor(
    readonly server: ServerAddress,
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly signInState: SignIn,
    private readonly words: ServerWords,
  ) {
    this.clientAddress = usableElsewhere(socket.localAddress);
    // Whoever listens comes later; until then an error must not end the process.
    client.on('error', () => {});
  }

  close(): void {
    this.socket.destroy();
  }

  /** Whether the server has been given the password, has asked the user something, or has let the user in. */
  get isEntrusted(): boolean {
    return this.isSignedIn || this.signInState.isEntrusted;
  }

  /**
   * From now on, and until a session is watched, the connection is given up when the server's kernel has confirmed
   * nothing for so many ms. Its sshd may take as long as it likes.
   */
  watch(giveUpAfterMs: number, listener: SilenceListener): void {
    const pulse = signInPulse(this.client, this.socket);
    if (pulse === undefined) return;
    const givenUp = (): void => {
      this.givenUp = new SessionError('timeout', `nothing confirmed for ${giveUpAfterMs / 1000} s`);
      this.socket.destroy();
    };
    this.stopWatching = watchServer(this.socket, pulse, giveUpAfterMs, { ...listener, givenUp });
  }

  /**
   * Signs the user in: keyboard-interactive where offered, else password. The password answers the first hidden
   * prompt that asks for one, the dialogue every other.
   * @throws {SessionError} `wrong-credentials` once the server has refused them; other codes where the server failed
   */
  async signIn(user: string, password: Secret, dialogue: Dialogue, signal: AbortSignal): Promise<Connection> {
    try {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(new SessionError('cancelled', 'during sign-in'));
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        // It may have waited for its turn.
        if (this.socket.destroyed) reject(new SessionError('closed', 'closed before the sign-in'));
        this.client.on('error', reject);
        this.client.on('close', () => reject(new SessionError('closed', 'closed during sign-in')));
        this.client.on('ready', resolve);
        this.signInState.begin(this.client, { user, password, dialogue, onFailure: reject });
      });
      this.isSignedIn = true;
      return new Connection(this.server, this.client, this.socket, {
        words: this.words,
        stopWatching: this.stopWatching,
        givenUp: () => this.givenUp,
      });
    } catch (error) {
      this.close();
      throw this.givenUp ?? this.words.explain(this.signInState.judge(error));
    } finally {
      this.signInState.end();
    }
  }
}

/** A link-local IPv6 address comes with an interface of this machine (`fe80::1%eth0`), which no other machine knows. */
function usableElsewhere(address: string | undefined): string | undefined {
  return address?.includes('%') ? undefined : address;
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
  /** What the server said at its goodbye, to be cleaned where it is shown. */
  readonly words?: string | undefined;
}

/** What a connection has from its sign-in. */
interface FromSignIn {
  readonly words: ServerWords;
  readonly stopWatching: () => void;
  /** Why the connection was given up here, once it was. */
  readonly givenUp: () => SessionError | undefined;
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
    private readonly before: FromSignIn,
  ) {
    client.on('error', (error) => {
      this.lost = { cause: 'cut', detail: error.message };
    });
  }

  private get loss(): Loss {
    const words = this.lost.cause === 'cut' ? this.before.words.last : undefined;
    return { ...this.lost, ...(words !== undefined && { words }) };
  }

  /**
   * From now on the server has to answer: the listener hears when it does not, and after this silence in ms the
   * connection is given up.
   */
  watch(giveUpAfterMs: number, listener: SilenceListener): void {
    this.before.stopWatching();
    // It may judge sooner than we do.
    this.socket.setKeepAlive(false);
    const givenUp = (): void => this.abandon('silent', `no answer for ${giveUpAfterMs / 1000} s`);
    const pulse = sessionPulse(this.client, this.socket);
    watchServer(this.socket, pulse, giveUpAfterMs, { ...listener, givenUp });
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
      const explained = (error: SessionError): SessionError =>
        this.before.givenUp() ?? this.before.words.explain(error);
      const onClose = (): void => reject(explained(new SessionError('closed', 'closed before the command began')));
      this.client.once('close', onClose);
      this.client.exec(command, x11 ? { x11: x11.request } : {}, (error, channel) => {
        this.client.off('close', onClose);
        if (error) {
          reject(explained(refusalOf(error)));
          return;
        }
        const exited = new Promise<void>((end) => channel.once('exit', () => end()));
        resolve({ channel, exited, ended: commandEnd(channel, () => this.loss) });
      });
    });
  }

  close(): void {
    this.client.end();
    // A server that no longer reads must not hold the process; once ended, ssh2 itself does not destroy the socket.
    setTimeout(() => this.socket.destroy(), 1_000).unref();
  }
}

/** What it means that a channel or a command was refused, with what the server said of it (RFC 4254 section 5.1). */
function refusalOf(error: Error): SessionError {
  if (/No response/.test(error.message)) return toSessionError(error);
  if (/X11/.test(error.message)) return new SessionError('x11-refused', error.message);
  const [, words] = /Channel open failure: (.*)$/s.exec(error.message) ?? [];
  return new SessionError('command-refused', error.message, words);
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
