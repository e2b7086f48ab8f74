/**
 * How secrets get into ssh2's packets: as bytes, which are wiped behind the encryption. ssh2 itself takes strings, and
 * keeps the last of them for as long as the connection lives. This is the one place that reaches into ssh2 for it
 * (version 1.17); test/cluster/secrets.test.ts reads the memory of a session.
 */
import type { Client } from 'ssh2';
import type { Secret } from '../../shared/secret.js';
import { wireString } from '../host-keys/host-key.js';

/** RFC 4252 section 6, RFC 4256 section 5. */
const userauthRequest = 50;
const userauthInfoResponse = 61;

interface ProtocolInside {
  /** Set while keys are exchanged; what is sent then waits in a queue. */
  readonly _kexinit: unknown;
  readonly _cipher: { encrypt(packet: Buffer): void };
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(length: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  /** The methods whose answer is awaited, oldest first. */
  readonly _authsQueue: string[];
  authPassword: (user: string) => void;
}

type Part = Buffer | Secret;

/** The answers of one sign-in. */
export class SecretPackets {
  readonly #client: Client;
  readonly #protocol: ProtocolInside;
  #request: { readonly parts: readonly Part[]; readonly done: () => void } | undefined;

  /** @throws {TypeError} when this version of ssh2 has another inside */
  constructor(client: Client) {
    this.#client = client;
    const { _protocol: protocol } = client as unknown as { readonly _protocol: ProtocolInside };
    if (!Array.isArray(protocol._authsQueue) || typeof protocol.authPassword !== 'function') {
      throw new TypeError('ssh2 has no queue of sign-ins');
    }
    this.#protocol = protocol;
    protocol.authPassword = () => this.#sendPassword();
  }

  /**
   * What the next request of ssh2's for a password takes, whatever ssh2 itself was told.
   * @param replacement the new password that was asked for
   * @param done when they are not needed any more
   */
  preparePassword(user: string, password: Secret, replacement: Secret | undefined, done: () => void): void {
    const fixed = [
      Buffer.from([userauthRequest]),
      wireString(user),
      wireString('ssh-connection'),
      wireString('password'),
    ];
    const change = Buffer.from([replacement ? 1 : 0]);
    const parts = [...fixed, change, ...string(password), ...(replacement ? string(replacement) : [])];
    this.#request = { parts, done };
  }

  /** Answers a request of keyboard-interactive; `done` when the answers are not needed any more. */
  sendAnswers(answers: readonly Secret[], done: () => void): void {
    const head = [Buffer.from([userauthInfoResponse]), number(answers.length)];
    this.#whenFree([...head, ...answers.flatMap(string)], done);
  }

  #sendPassword(): void {
    const request = this.#request;
    if (request === undefined) throw new Error('no password was prepared');
    this.#request = undefined;
    this.#protocol._authsQueue.push('password');
    this.#whenFree(request.parts, request.done);
  }

  /** While keys are exchanged ssh2 would keep the packet as it is. */
  #whenFree(parts: readonly Part[], done: () => void): void {
    if (this.#protocol._kexinit !== undefined) {
      this.#client.once('handshake', () => this.#whenFree(parts, done));
      return;
    }
    try {
      this.#send(parts);
    } finally {
      done();
    }
  }

  #send(parts: readonly Part[]): void {
    const { write } = this.#protocol._packetRW;
    const packet = write.alloc(parts.reduce((sum, part) => sum + part.length, 0));
    const secrets: (readonly [Secret, number])[] = [];
    try {
      let at = write.allocStart;
      for (const part of parts) {
        if (Buffer.isBuffer(part)) part.copy(packet, at);
        else {
          secrets.push([part, at]);
          part.copyTo(packet, at);
        }
        at += part.length;
      }
      this.#protocol._cipher.encrypt(write.finalize(packet));
    } finally {
      // Most ciphers encrypt in place, and then the packet is on its way. Others leave the text as it was.
      for (const [secret, at] of secrets) if (secret.isAt(packet, at)) packet.fill(0, at, at + secret.length);
    }
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(content: Part): readonly Part[] {
  return [number(content.length), content];
}
