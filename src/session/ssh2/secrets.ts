/**
 * Puts secrets into ssh2's packets as bytes, and wipes them after the encryption. ssh2 itself takes strings, and keeps
 * the last of them as long as the connection lives. Only this file uses ssh2's internals for it (version 1.17).
 * test/cluster/secrets.test.ts searches the memory of a session for them.
 */
import type { Client } from 'ssh2';
import type { Secret } from '../../shared/secret.js';
import { wireString } from '../host-keys/host-key.js';

/** RFC 4252 section 6, RFC 4256 section 5. */
const userauthRequest = 50;
const userauthInfoResponse = 61;

interface ProtocolInside {
  /** Set while keys are exchanged; outgoing packets wait in a queue then. */
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

  /** @throws {TypeError} when this version of ssh2 has other internals */
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
   * Sets the password for ssh2's next request, in place of the string that ssh2 has.
   * @param replacement the new password that the server asked for
   * @param done called when the secrets are no longer needed
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

  /** Answers a keyboard-interactive request. @param done called when the answers are no longer needed */
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

  /** While keys are exchanged, ssh2 would keep the unencrypted packet. */
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
      // Most ciphers encrypt in place. Others leave the plain text in the packet.
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
