import { SessionError, toSessionError } from '../session-error.js';
import { plainKey } from './host-certificate.js';

/**
 * A decision about a key that a server has shown, made before anything is sent to it. To show a key does not prove
 * possession, so a new key is learned in `onProof`.
 */
export type HostKeyCheck =
  | {
      readonly accepted: true;
      /** Called once the server has signed with the key. A rejection ends the connection. */
      readonly onProof?: () => Promise<void>;
    }
  | { readonly accepted: false; readonly error: SessionError };

/**
 * Follows one connection from the key that its server shows to the proof that the server holds it.
 *
 * ssh2 asks for the decision before it looks at the server's signature, and takes encrypted messages while the decision
 * is still open. A server that speaks of sign-ins at that moment would be answered in the clear, before it has proved
 * anything; so nothing counts until the handshake is through.
 */
export class HostKeyProof {
  #key: Buffer | undefined;
  #onProof: () => Promise<void> = async () => {};
  #handshake: 'under way' | 'through' | 'given up' = 'under way';
  /** Why the key was refused, once it was. */
  refusal: SessionError | undefined;

  readonly #check: (key: Buffer) => Promise<HostKeyCheck>;

  constructor(check: (key: Buffer) => Promise<HostKeyCheck>) {
    this.#check = check;
  }

  /** For ssh2's `hostVerifier`: the first key is judged; each later exchange (RFC 4253 section 9) must show the same. */
  shown(key: Buffer, answer: (accepted: boolean) => void): void {
    if (this.#key !== undefined) {
      // A certificate may have been renewed in the meantime; its key must be the same.
      answer(this.#handshake === 'through' && plainKey(key).equals(plainKey(this.#key)));
      return;
    }
    this.#key = Buffer.from(key);
    this.#check(this.#key)
      .catch((error: unknown): HostKeyCheck => ({ accepted: false, error: toSessionError(error) }))
      .then((check) => {
        if (check.accepted) this.#onProof = check.onProof ?? this.#onProof;
        else this.refusal = check.error;
        // ssh2 throws where its connection has ended in the meantime.
        if (this.#handshake !== 'given up') answer(check.accepted);
      })
      // Without an answer the connect timeout ends the connection.
      .catch((error: unknown) => {
        this.refusal ??= toSessionError(error);
      });
  }

  /** The connection has failed: a pending answer is not given. */
  giveUp(): void {
    this.#handshake = 'given up';
  }

  /** For ssh2's event `handshake`: the key was accepted, its signature is right, and both sides encrypt. */
  handshakeThrough(): void {
    this.#handshake = 'through';
  }

  /**
   * Calls `onProof` of the decision.
   * @throws {SessionError} `protocol` where the server has proved nothing yet
   */
  async complete(): Promise<void> {
    if (this.#handshake !== 'through') {
      throw new SessionError('protocol', 'it spoke of sign-ins before its host key was verified');
    }
    await this.#onProof();
  }
}
