import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { type LivenessRules, look, newLiveness } from './liveness.js';

/** Who hears whether the server of a session answers. */
export interface SilenceListener {
  /** @param ms how long it has been silent */
  silent(ms: number): void;
  answers(): void;
}

/** Silence, in ms, after which the user reads that the server does not answer. */
const tellAfterMs = 10_000;
const lookEveryMs = 1_000;

/**
 * Watches a connection until it is closed.
 * @param giveUpAfterMs silence after which the connection is given up
 */
export function watchServer(
  client: Client,
  socket: Socket,
  giveUpAfterMs: number,
  listener: SilenceListener & { givenUp(): void },
): void {
  const rules: LivenessRules = { tellAfterMs, giveUpAfterMs };
  let liveness = newLiveness(performance.now(), socket.bytesRead);
  const timer = setInterval(() => {
    const { next, ask, news } = look(liveness, performance.now(), socket.bytesRead, rules);
    liveness = next;
    if (ask) askServer(client, socket);
    if (news === 'silent') listener.silent(next.lookedAt - next.heardAt);
    else if (news === 'answers') listener.answers();
    else if (news === 'given-up') listener.givenUp();
  }, lookEveryMs);
  socket.once('close', () => clearInterval(timer));
}

/** The parts of ssh2 1.17 that its own keepalive uses. That one ends the connection by itself, so it stays off. */
interface Ssh2Internals {
  /** Who waits for answers to global requests, in the order of the requests. */
  readonly _callbacks: (() => void)[];
  readonly _protocol: { ping(): void };
}

/** The question that OpenSSH's client asks: `keepalive@openssh.com`, which every server has to answer (RFC 4254, 4). */
function askServer(client: Client, socket: Socket): void {
  if (!socket.writable) return;
  const { _callbacks, _protocol } = client as unknown as Ssh2Internals;
  _callbacks.push(() => {});
  _protocol.ping();
}
