import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { sshdRefusal } from '../../protocol/sshd-refusal.js';
import { meaningOf } from '../failures.js';
import { SessionError } from '../session-error.js';
import { onDisconnectMessage } from '../ssh2/messages.js';

/** The start of what a server says before its version line is kept, in bytes. */
const maxEarlyBytes = 2_048;

/**
 * Keeps what a server says outside of the sign-in: in place of its version line (RFC 4253 section 4.2 allows lines
 * before it) and when it ends the connection (section 11.1). ssh2 drops the first, and the second where the server calls
 * its reason "by application".
 */
export class ServerMessages {
  #early = '';
  #atDisconnect = '';

  /** To be called before ssh2 reads from the socket. */
  listenTo(socket: Socket): void {
    const onData = (chunk: Buffer): void => {
      this.#early = (this.#early + chunk.toString('latin1')).slice(0, maxEarlyBytes);
      const hasVersion = /^SSH-/m.test(this.#early);
      if (hasVersion) this.#early = '';
      if (hasVersion || this.#early.length >= maxEarlyBytes) socket.off('data', onData);
    };
    socket.on('data', onData);
  }

  /** To be called right after `client.connect()`. @throws {TypeError} when this version of ssh2 has other internals */
  listenToDisconnect(client: Client): void {
    onDisconnectMessage(client, (text) => {
      this.#atDisconnect = text.slice(0, maxEarlyBytes);
    });
  }

  /** The last message of the server; undefined where there was none. */
  get last(): string | undefined {
    const text = (this.#atDisconnect || Buffer.from(this.#early, 'latin1').toString('utf8')).trim();
    return text === '' ? undefined : text;
  }

  /** The error with the server's message, or with the meaning of a message that is known. */
  explain(error: SessionError): SessionError {
    const { last } = this;
    if (last === undefined || error.serverMessage !== undefined || !meaningOf(error.code).mayBeExplained) return error;
    const refusal = sshdRefusal(last);
    if (refusal !== undefined) return new SessionError(refusal, last, { cause: error });
    return new SessionError(error.code, error.detail, { serverMessage: last, cause: error.cause });
  }
}
