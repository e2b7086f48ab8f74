import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { askServer, sendIgnored } from '../ssh2/keepalive.js';
import { type LivenessRules, look, newLiveness } from './liveness.js';
import { unconfirmedBytes } from './tcp-queue.js';

/** Hears whether a server answers. */
export interface SilenceListener {
  /** @param ms how long it has been silent */
  silent(ms: number): void;
  answers(): void;
}

/** The sign of life by which a server is judged. */
export interface Pulse {
  /** A number that grows with each sign of life; undefined where it is unknown at this moment. */
  heard(): number | undefined;
  /** Sends something that brings a sign of life. */
  ask(): void;
}

/** Silence, in ms, after which the user reads that the server does not answer. */
const tellAfterMs = 10_000;
const lookEveryMs = 1_000;

/**
 * Watches a connection until it is closed.
 * @param giveUpAfterMs silence after which the connection is given up
 * @returns stops watching
 */
export function watchServer(
  socket: Socket,
  pulse: Pulse,
  giveUpAfterMs: number,
  listener: SilenceListener & { givenUp(): void },
): () => void {
  const rules: LivenessRules = { tellAfterMs, giveUpAfterMs };
  let liveness = newLiveness(performance.now(), pulse.heard() ?? 0);
  const timer = setInterval(() => {
    const { next, ask, change } = look(liveness, performance.now(), pulse.heard() ?? liveness.bytes, rules);
    liveness = next;
    if (ask) pulse.ask();
    if (change === 'silent') listener.silent(next.lookedAt - next.heardAt);
    else if (change === 'answers') listener.answers();
    else if (change === 'given-up') listener.givenUp();
  }, lookEveryMs);
  const stop = (): void => clearInterval(timer);
  socket.once('close', stop);
  return stop;
}

/** In a session the server itself has to answer. */
export function sessionPulse(client: Client, socket: Socket): Pulse {
  return { heard: () => socket.bytesRead, ask: () => askServer(client, socket) };
}

/**
 * Until the session runs, sshd may be silent for minutes: it waits for PAM, which waits for LDAP or for a person. But its
 * kernel confirms what it receives.
 * @returns undefined where this client's kernel does not report that; then only TCP's keepalive is left
 */
export function signInPulse(client: Client, socket: Socket): Pulse | undefined {
  if (unconfirmedBytes(socket) === undefined) return undefined;
  return {
    heard() {
      const unconfirmed = unconfirmedBytes(socket);
      return unconfirmed === undefined ? undefined : socket.bytesRead + socket.bytesWritten - unconfirmed;
    },
    ask: () => sendIgnored(client, socket),
  };
}
