import type { Secret } from '../../shared/secret.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { SessionError } from '../session-error.js';
import type { PromptHandler } from '../sign-in/prompt-answers.js';
import type { SignIn } from '../sign-in/sign-in.js';
import { Connection } from './connection.js';
import { type SilenceListener, signInPulse, watchServer } from './server-watch.js';
import type { Transport } from './transport.js';

/** A server whose host key is verified, before the sign-in. */
export class VerifiedConnection {
  readonly server: ServerAddress;
  /** This client's own end: the address by which this server reaches the client. */
  readonly clientAddress: string | undefined;
  readonly #transport: Transport;
  readonly #signIn: SignIn;
  #isSignedIn = false;
  #stopWatching = (): void => {};
  #givenUp: SessionError | undefined;

  constructor(server: ServerAddress, transport: Transport, signIn: SignIn) {
    this.server = server;
    this.#transport = transport;
    this.#signIn = signIn;
    this.clientAddress = usableElsewhere(transport.socket.localAddress);
    // Listeners come later; until then an error must not end the process.
    transport.client.on('error', () => {});
  }

  close(): void {
    this.#transport.socket.destroy();
  }

  /** Whether the server has received the password, has asked the user something, or has accepted the user. */
  get isEntrusted(): boolean {
    return this.#isSignedIn || this.#signIn.isEntrusted;
  }

  /**
   * From now on, and until a session is watched, the connection is given up when the server's kernel has confirmed
   * nothing for so many ms. Its sshd may take as long as it likes.
   */
  watch(giveUpAfterMs: number, listener: SilenceListener): void {
    const { client, socket } = this.#transport;
    const givenUp = (): void => {
      this.#givenUp = new SessionError('timeout', `nothing confirmed for ${giveUpAfterMs / 1000} s`);
      socket.destroy();
    };
    // The first look takes some milliseconds. The server gets its work before that.
    const starting = setImmediate(() => {
      const pulse = signInPulse(client, socket);
      if (pulse) this.#stopWatching = watchServer(socket, pulse, giveUpAfterMs, { ...listener, givenUp });
    });
    this.#stopWatching = () => clearImmediate(starting);
  }

  /**
   * Signs the user in: keyboard-interactive where offered, else password. The password answers the first hidden
   * prompt that asks for one; the handler answers every other.
   * @throws {SessionError} `wrong-credentials` once the server has refused them; other codes where the server failed
   */
  async signIn(user: string, password: Secret, promptHandler: PromptHandler, signal: AbortSignal): Promise<Connection> {
    const { client, socket, messages } = this.#transport;
    try {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(new SessionError('cancelled', 'during sign-in'));
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        // Hooks may have run for a while before this.
        if (socket.destroyed) reject(new SessionError('closed', 'closed before the sign-in'));
        client.on('error', reject);
        client.on('close', () => reject(new SessionError('closed', 'closed during sign-in')));
        client.on('ready', resolve);
        this.#signIn.begin(client, { user, password, promptHandler, onFailure: reject });
      });
      this.#isSignedIn = true;
      return new Connection(this.server, this.#transport, {
        stopWatching: this.#stopWatching,
        givenUp: () => this.#givenUp,
      });
    } catch (error) {
      this.close();
      throw this.#givenUp ?? messages.explain(this.#signIn.judge(error));
    } finally {
      this.#signIn.end();
    }
  }
}

/** A link-local IPv6 address comes with an interface of this machine (`fe80::1%eth0`), which no other machine knows. */
function usableElsewhere(address: string | undefined): string | undefined {
  return address?.includes('%') ? undefined : address;
}
