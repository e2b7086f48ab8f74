import type { Socket } from 'node:net';
import { Client } from 'ssh2';
import type { SshOptions } from '../../settings/ssh-options/ssh-options.js';
import { withDeadline } from '../../shared/abort.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { type HostKeyCheck, HostKeyProof } from '../host-keys/host-key-proof.js';
import { SessionError, toSessionError } from '../session-error.js';
import { SignIn } from '../sign-in/sign-in.js';
import { refuseSmallGroups } from '../ssh2/groups.js';
import '../ssh2/hooks.js';
import { enforceLimits } from '../ssh2/limits.js';
import { algorithmsOf } from './connect-config.js';
import { ServerMessages } from './server-messages.js';
import { VerifiedConnection } from './verified-connection.js';

export interface ConnectOptions {
  /** Connects to the server at one of its addresses; heeds the signal. */
  readonly dial: (signal: AbortSignal) => Promise<Socket>;
  /** Maximum time for the connection, in ms, and the same again for the key exchange. What follows has no limit here. */
  readonly timeoutMs: number;
  /** Host key algorithms in the order of preference. */
  readonly hostKeyAlgorithms: readonly string[];
  readonly checkHostKey: (key: Buffer) => Promise<HostKeyCheck>;
  /** What the administrator wants instead of the defaults. */
  readonly sshOptions?: SshOptions | undefined;
  readonly postQuantum?: 'prefer' | 'require' | undefined;
  /** Whether outdated algorithms are offered too. */
  readonly isLegacy?: boolean | undefined;
  /** Called with the names of the algorithms when the connection is encrypted. */
  readonly onSecured?: (algorithms: Algorithms) => void;
  readonly signal: AbortSignal;
}

/** What a connection is encrypted with, by the protocol's names. */
export interface Algorithms {
  readonly kex: string;
  readonly hostKey: string;
  readonly cipher: string;
}

/**
 * After so many ms without a packet the kernel probes the other side, and 10 s later it is sure. This alone judges the
 * server where `signInPulse` cannot; it cannot judge data that was sent and not confirmed.
 */
const tcpKeepaliveMs = 60_000;

/**
 * Connects and checks the host key. Resolves when the server has proved that it holds that key and accepts sign-ins.
 * No user name and no password has been sent by then: ssh2 asks the auth handler only after the encrypted key exchange,
 * and the handler waits for {@link VerifiedConnection.signIn}.
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
    } catch (cause) {
      if (signal.aborted) throw new SessionError('cancelled', 'no longer wanted', { cause });
      if (within.aborted) throw new SessionError('timeout', `no connection within ${timeoutMs / 1000} s`, { cause });
      throw toSessionError(cause);
    }
  });
}

function verify(server: ServerAddress, socket: Socket, options: ConnectOptions): Promise<VerifiedConnection> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const messages = new ServerMessages();
    messages.listenTo(socket);
    const proof = new HostKeyProof(options.checkHostKey);
    const signIn = new SignIn(() => {
      proof.complete().then(() => {
        finish();
        resolve(new VerifiedConnection(server, { client, socket, messages }, signIn));
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
      reject(proof.refusal ?? messages.explain(toSessionError(error)));
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
      // ssh2's own keepalive would end the connection by itself; see server-watch.ts.
      keepaliveInterval: 0,
      algorithms: algorithmsOf(options) as never,
      authHandler: (methods, partial, next) => signIn.onServerReady(methods, partial, next),
      hostVerifier: (key: Buffer, answer: (accepted: boolean) => void) => proof.shown(key, answer),
    });
    enforceLimits(client, socket);
    messages.listenToDisconnect(client);
    refuseSmallGroups(client);
    if (options.signal.aborted) onAbort();
  });
}
