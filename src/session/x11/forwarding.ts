import { randomBytes } from 'node:crypto';
import type { ClientChannel, X11Details } from 'ssh2';
import type { Log } from '../../shared/log/log.js';
import { LogLimiter } from '../../shared/log/log-limit.js';
import type { ShownDesktop } from './desktop-watch.js';
import type { X11Display } from './display-name.js';
import { ForwardedClient } from './forwarded-client.js';
import type { ResourceIds } from './setup.js';
import { takeSshTitle } from './ssh-title.js';
import type { X11Cookie } from './xauthority.js';

/** Maximum number of open clients that have shown the cookie. Xorg accepts 256, and at most 2048 (`-maxclients`). */
const maxClients = 2_048;
/**
 * Maximum number of open clients that have not shown it yet. Every user of the server can connect, so a new client takes
 * the place of the oldest of these: connections that are held open keep nobody out.
 */
const maxUnproven = 64;
/** Maximum number of refusals in the log per minute; any user of the server can cause them. */
const refusalLimit = { events: 20, withinMs: 60_000 };
/**
 * Time, in ms, in which a client has to send its set-up packet and the display has to take the connection. It is longer
 * than the silence after which the user reads that the server does not answer, because that is not the client's fault.
 */
const setupTimeout = 20_000;

export interface X11ForwardingOptions {
  /** Where forwarded clients connect to. */
  readonly display: X11Display;
  /** Opens that display. It is never sent to the server. */
  readonly cookie: X11Cookie | undefined;
  readonly log: Log;
  readonly maxClients?: number;
  readonly maxUnproven?: number;
  /** ms */
  readonly setupTimeout?: number;
}

/** X11 forwarding of one session. The server gets a cookie that is valid for this session alone. */
export interface X11Forwarding {
  /** For the option `x11` of ssh2's exec. */
  readonly request: {
    readonly single: false;
    readonly screen: number;
    readonly protocol: string;
    /** In hex. */
    readonly cookie: string;
  };
  /** For ssh2's event `x11`: a client on the server wants to connect. */
  accept(info: X11Details, accept: () => ClientChannel, reject: () => void): void;
  /** Resolves when the first client was let in: its cookie is right and the display took its set-up. Never rejects. */
  readonly firstClient: Promise<void>;
  /** While the server does not answer, clients that are about to start have time. */
  serverAnswers(answers: boolean): void;
  /** Whether a window of the display belongs to a client of this session. */
  owns(window: number): boolean;
  /** Resolves when the desktop is on the screen, where something watches for it. Never rejects. */
  readonly desktopShown?: Promise<ShownDesktop> | undefined;
  /** Ends every forwarded connection; none outlives the session, and no new one is taken. */
  close(): void;
}

export function forwardX11(options: X11ForwardingOptions): X11Forwarding {
  takeSshTitle();
  const { display, log } = options;
  const cookie: X11Cookie = { protocol: 'MIT-MAGIC-COOKIE-1', data: randomBytes(16) };
  const limits = {
    clients: options.maxClients ?? maxClients,
    unproven: options.maxUnproven ?? maxUnproven,
  };
  /** Open clients that have shown the cookie, and those that have not, oldest first. */
  const proven = new Set<ForwardedClient>();
  const unproven = new Set<ForwardedClient>();
  const refusals = new LogLimiter(
    refusalLimit,
    () => performance.now(),
    (count) => log.warn('x11-refusals-omitted', { count }),
  );
  let closed = false;
  let isSilent = false;
  let firstIsIn = (): void => undefined;
  const firstClient = new Promise<void>((resolve) => {
    firstIsIn = resolve;
  });

  const makeRoom = (): void => {
    const [oldest] = unproven;
    if (oldest === undefined || unproven.size < limits.unproven) return;
    unproven.delete(oldest);
    refusals.log(() => log.warn('x11-refused', { reason: 'too-many-without-cookie' }));
    oldest.end();
  };

  return {
    request: { single: false, screen: display.screen, protocol: cookie.protocol, cookie: cookie.data.toString('hex') },
    firstClient,
    serverAnswers(answers) {
      isSilent = !answers;
    },
    owns: (window) => [...proven].some(({ ids }) => ids !== undefined && isAmong(window, ids)),
    accept(info, accept, reject) {
      const from = { from: info.srcIP, port: info.srcPort };
      if (closed || proven.size >= limits.clients) {
        refusals.log(() => log.warn('x11-rejected', { ...from, reason: closed ? 'closed' : 'too-many' }));
        reject();
        return;
      }
      makeRoom();
      const client = new ForwardedClient(accept(), {
        display,
        shownCookie: cookie,
        displayCookie: options.cookie,
        setupTimeout: options.setupTimeout ?? setupTimeout,
        mayBeLate: () => isSilent,
        onRefused: (reason) =>
          refusals.log(() =>
            reason === 'no-cookie'
              ? log.info('x11-without-cookie', from)
              : log.warn('x11-refused', { ...from, reason }),
          ),
        onProved() {
          unproven.delete(client);
          proven.add(client);
        },
        onLetIn: firstIsIn,
        onEnded() {
          unproven.delete(client);
          proven.delete(client);
        },
      });
      unproven.add(client);
    },
    close() {
      closed = true;
      for (const client of [...proven, ...unproven]) client.end();
      refusals.flush();
    },
  };
}

/** Numbers of windows have 32 bits, of which `&` makes signed ones. */
function isAmong(window: number, { base, mask }: ResourceIds): boolean {
  return (window & ~mask) === (base | 0);
}
