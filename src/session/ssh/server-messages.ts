import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { sshdRefusal } from '../../protocol/sshd-refusal.js';
import { meaningOf } from '../failures.js';
import { SessionError } from '../session-error.js';

/** Of what a server says before its version line, the beginning is kept, in bytes. */
const maxEarlyBytes = 2_048;

/**
 * Keeps what a server says outside of the sign-in: in place of its version line (RFC 4253 section 4.2 allows lines
 * before it) and when it ends the connection (section 11.1). ssh2 drops the first, and the second where the server calls
 * its reason "by application".
 */
export class ServerMessages {
  private early = '';
  private goodbye = '';

  /** To be called before ssh2 reads from the socket. */
  listenTo(socket: Socket): void {
    const onData = (chunk: Buffer): void => {
      this.early = (this.early + chunk.toString('latin1')).slice(0, maxEarlyBytes);
      const hasVersion = /^SSH-/m.test(this.early);
      if (hasVersion) this.early = '';
      if (hasVersion || this.early.length >= maxEarlyBytes) socket.off('data', onData);
    };
    socket.on('data', onData);
  }

  /** To be called right after `client.connect()`. @throws {TypeError} when this version of ssh2 has another inside */
  listenToGoodbye(client: Client): void {
    const { _handlers: handlers } = (client as unknown as { _protocol: { _handlers: Record<string, Handler> } })
      ._protocol;
    const original = handlers.DISCONNECT;
    if (original === undefined) throw new TypeError('ssh2 has no handler for DISCONNECT');
    handlers.DISCONNECT = (protocol, reason, text) => {
      if (typeof text === 'string') this.goodbye = text.slice(0, maxEarlyBytes);
      original(protocol, reason, text);
    };
  }

  /** What the server said last of itself; undefined where it said nothing. */
  get last(): string | undefined {
    const text = (this.goodbye || Buffer.from(this.early, 'latin1').toString('utf8')).trim();
    return text === '' ? undefined : text;
  }

  /** The error with the server's own words, and with the meaning of those that are known. */
  explain(error: SessionError): SessionError {
    const said = this.last;
    if (said === undefined || error.serverMessage !== undefined || !meaningOf(error.code).mayBeExplained) return error;
    const refusal = sshdRefusal(said);
    if (refusal !== undefined) return new SessionError(refusal, said, { cause: error });
    return new SessionError(error.code, error.detail, { serverMessage: said, cause: error.cause });
  }
}

type Handler = (protocol: unknown, reason: unknown, text: unknown) => void;
