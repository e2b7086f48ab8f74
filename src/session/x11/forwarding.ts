import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { ClientChannel, X11Details } from 'ssh2';
import type { Log } from '../../shared/log.js';
import { LogLimiter } from '../../shared/log-limit.js';
import type { X11Display } from './display-name.js';
import {
  failedReply,
  maxSetupBytes,
  type ResourceIds,
  readResourceIds,
  readSetup,
  showsCookie,
  withAuthorization,
  type X11Setup,
} from './setup.js';
import type { X11Cookie } from './xauthority.js';

/** As many clients that showed the cookie may be open at once. Xorg takes 256, and at most 2048 (`-maxclients`). */
const maxClients = 2_048;
/**
 * As many may be open that have shown no cookie yet. Every user of the server can connect, so a new client takes the
 * place of the oldest of these: connections that are held open keep nobody out.
 */
const maxUnproven = 64;
/** Refusals are logged up to so many a minute; any user of the server can cause them. */
const refusalLimit = { events: 20, withinMs: 60_000 };
/**
 * In this time, in ms, a client has sent its set-up packet and the display has taken the connection. More than the
 * silence after which the server counts as one that does not answer: a client is not to blame for that.
 */
const setupTimeout = 20_000;

export interface X11ForwardingOptions {
  /** Where forwarded clients are let in. */
  readonly display: X11Display;
  /** What opens that display; it is shown to the display alone. */
  readonly cookie: X11Cookie | undefined;
  readonly log: Log;
  readonly maxClients?: number;
  readonly maxUnproven?: number;
  /** ms */
  readonly setupTimeout?: number;
}

/** X11 forwarding of one session. The server gets a cookie that is good for this session alone. */
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
  /** Resolves when the desktop is on the screen, where somebody watches for it. Never rejects. */
  readonly desktopShown?: Promise<void> | undefined;
  /** Ends every forwarded connection; none outlives the session, and no new one is taken. */
  close(): void;
}

export function forwardX11(options: X11ForwardingOptions): X11Forwarding {
  const { display, log } = options;
  const cookie: X11Cookie = { protocol: 'MIT-MAGIC-COOKIE-1', data: randomBytes(16) };
  const max = options.maxClients ?? maxClients;
  /** The end of each open connection that has shown the cookie; and of those that have not, oldest first. */
  const proven = new Set<() => void>();
  const unproven = new Set<() => void>();
  const owned = new Set<ResourceIds>();
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

  return {
    request: { single: false, screen: display.screen, protocol: cookie.protocol, cookie: cookie.data.toString('hex') },
    firstClient,
    serverAnswers(answers) {
      isSilent = !answers;
    },
    // Numbers of windows have 32 bits, of which `&` makes signed ones.
    owns: (window) => [...owned].some(({ base, mask }) => (window & ~mask) === (base | 0)),
    accept(info, accept, reject) {
      const from = { from: info.srcIP, port: info.srcPort };
      if (closed || proven.size >= max) {
        refusals.log(() => log.warn('x11-rejected', { ...from, reason: closed ? 'closed' : 'too-many' }));
        reject();
        return;
      }
      const [oldest] = unproven;
      if (oldest !== undefined && unproven.size >= (options.maxUnproven ?? maxUnproven)) {
        unproven.delete(oldest);
        refusals.log(() => log.warn('x11-refused', { reason: 'too-many-without-cookie' }));
        oldest();
      }
      let ids: ResourceIds | undefined;
      const end = forwardClient(accept(), {
        display,
        shown: cookie,
        real: options.cookie,
        setupTimeout: options.setupTimeout ?? setupTimeout,
        mayBeLate: () => isSilent,
        refused: (reason) => refusals.log(() => log.warn('x11-refused', { ...from, reason })),
        proved() {
          unproven.delete(end);
          proven.add(end);
        },
        letIn: firstIsIn,
        named(given) {
          ids = given;
          owned.add(given);
        },
        ended() {
          unproven.delete(end);
          proven.delete(end);
          if (ids) owned.delete(ids);
        },
      });
      unproven.add(end);
    },
    close() {
      closed = true;
      for (const end of [...proven, ...unproven]) end();
      refusals.flush();
    },
  };
}

interface ForwardedClient {
  readonly display: X11Display;
  /** The cookie that the client must show. */
  readonly shown: X11Cookie;
  /** The cookie that the display wants. */
  readonly real: X11Cookie | undefined;
  readonly setupTimeout: number;
  mayBeLate(): boolean;
  refused(reason: string): void;
  /** It showed the cookie. Never before {@link forwardClient} returns. */
  proved(): void;
  letIn(): void;
  /** The display has said which numbers its windows will have. */
  named(ids: ResourceIds): void;
  /** Both ends are closed. Called once, never before {@link forwardClient} returns. */
  ended(): void;
}

/**
 * Takes one client from its first byte to its end: reads the set-up packet, checks the cookie, connects to the display
 * with the real one, and joins the two.
 * @returns ends the connection at once
 */
function forwardClient(channel: ClientChannel, client: ForwardedClient): () => void {
  let local: Socket | undefined;
  let connected = false;
  let started: Buffer = Buffer.alloc(0);
  const deadline = setTimeout(() => {
    if (client.mayBeLate()) {
      deadline.refresh();
      return;
    }
    client.refused('timeout');
    abort();
  }, client.setupTimeout);

  /** Nothing more to send: the rest goes out, then the channel closes; what still comes is dropped. */
  const finish = (): void => {
    channel.unpipe();
    channel.removeListener('data', readStart);
    // ssh2 tells of the close only after everything that came was read.
    channel.resume();
    if (channel.writableFinished) channel.close();
    else channel.once('finish', () => channel.close());
    if (!channel.writableEnded) channel.end();
  };
  const abort = (): void => {
    clearTimeout(deadline);
    local?.destroy();
    finish();
    channel.close();
  };
  const refuse = (reason: string, setup: Pick<X11Setup, 'order'> | undefined, said: string): void => {
    clearTimeout(deadline);
    client.refused(reason);
    if (setup && !channel.writableEnded) channel.write(failedReply(setup.order, `${said}\n`));
    finish();
  };

  const readStart = (chunk: Buffer): void => {
    started = started.length === 0 ? chunk : Buffer.concat([started, chunk]);
    const reading = readSetup(started);
    if (reading.kind === 'incomplete') return;
    if (reading.kind === 'malformed') {
      const order = reading.order && { order: reading.order };
      refuse('malformed', order, `The X11 set-up is longer than ${maxSetupBytes} bytes`);
    } else if (!showsCookie(reading.setup, client.shown)) {
      refuse('wrong-cookie', reading.setup, 'X11 forwarding: this is not the cookie of this session');
    } else {
      channel.removeListener('data', readStart);
      channel.pause();
      client.proved();
      letIn(reading.setup, reading.rest);
    }
    started = Buffer.alloc(0);
  };

  const letIn = (setup: X11Setup, rest: Buffer): void => {
    const { socket } = client.display;
    const display = 'path' in socket ? connect(socket.path) : connect({ ...socket, noDelay: true });
    local = display;
    display.once('connect', () => {
      connected = true;
      clearTimeout(deadline);
      display.write(withAuthorization(setup, client.real));
      if (rest.length > 0) display.write(rest);
      channel.pipe(display);
      display.pipe(channel);
      tellIds(display, setup.order);
      client.letIn();
    });
    display.on('error', (error: NodeJS.ErrnoException) => {
      if (!connected) refuse(`display: ${error.code}`, setup, 'X11 forwarding: the display does not answer');
    });
    display.once('close', () => {
      finish();
      endOnceClosed();
    });
  };

  /** Listens along with the pipe, to the beginning of what the display says. */
  const tellIds = (display: Socket, order: X11Setup['order']): void => {
    let said: Buffer = Buffer.alloc(0);
    const listen = (chunk: Buffer): void => {
      said = Buffer.concat([said, chunk]);
      const ids = readResourceIds(said, order);
      if (ids === undefined) return;
      display.removeListener('data', listen);
      said = Buffer.alloc(0);
      if (ids !== null) client.named(ids);
    };
    display.on('data', listen);
  };

  let channelClosed = false;
  let ended = false;
  const endOnceClosed = (): void => {
    if (ended || !channelClosed || (local && !local.closed)) return;
    ended = true;
    client.ended();
  };
  channel.on('error', () => abort());
  channel.on('close', () => {
    clearTimeout(deadline);
    channelClosed = true;
    // What the client had asked for before it hung up is still for the display.
    if (connected) local?.destroySoon();
    else local?.destroy();
    endOnceClosed();
  });
  // An X client that hangs up before it has shown its cookie.
  channel.once('end', () => {
    if (!local) finish();
  });
  channel.on('data', readStart);
  channel.stderr.resume();
  return abort;
}
