import { connect, type Socket } from 'node:net';
import type { ClientChannel } from 'ssh2';
import { DisplayLink } from './display-link.js';
import type { X11Display } from './display-name.js';
import {
  type ByteOrder,
  failedReply,
  hasAuthorization,
  maxSetupBytes,
  type ResourceIds,
  readSetup,
  showsCookie,
  withAuthorization,
  type X11Setup,
} from './setup.js';
import type { X11Cookie } from './xauthority.js';

export interface ForwardedClientOptions {
  readonly display: X11Display;
  /** The cookie that the client must show. */
  readonly shownCookie: X11Cookie;
  /** The cookie that the display wants. */
  readonly displayCookie: X11Cookie | undefined;
  /** Time for the set-up, in ms. */
  readonly setupTimeout: number;
  /** Whether the set-up may take longer at this moment. */
  mayBeLate(): boolean;
  /** @param reason `no-cookie`, `wrong-cookie`, `malformed`, `timeout`, or `display: ` and the code of its error */
  onRefused(reason: string): void;
  /** The client showed the cookie. */
  onProved(): void;
  /** The display has taken the connection. */
  onLetIn(): void;
  /** Both ends are closed. Called once. No callback comes before the constructor returns. */
  onEnded(): void;
}

/**
 * One X client from its first byte to its end: reads the set-up packet, checks the cookie, connects to the display with
 * the display's own cookie, and joins the two.
 */
export class ForwardedClient {
  readonly #channel: ClientChannel;
  readonly #options: ForwardedClientOptions;
  readonly #deadline: NodeJS.Timeout;
  #display: Socket | undefined;
  #isConnected = false;
  #isChannelClosed = false;
  #hasEnded = false;
  /** The bytes of the set-up so far. */
  #start: Buffer = Buffer.alloc(0);
  #ids: ResourceIds | undefined;

  constructor(channel: ClientChannel, options: ForwardedClientOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#deadline = setTimeout(() => this.#onDeadline(), options.setupTimeout);
    channel.on('error', () => this.end());
    channel.on('close', () => this.#onChannelClosed());
    // An X client that hangs up before it has shown its cookie.
    channel.once('end', () => {
      if (this.#display === undefined) this.#finish();
    });
    channel.on('data', this.#readStart);
    channel.stderr.resume();
  }

  /** The numbers of its windows, once the display has told them. */
  get ids(): ResourceIds | undefined {
    return this.#ids;
  }

  /** Ends the connection at once. */
  end(): void {
    clearTimeout(this.#deadline);
    this.#display?.destroy();
    this.#finish();
    this.#channel.close();
  }

  #onDeadline(): void {
    if (this.#options.mayBeLate()) {
      this.#deadline.refresh();
      return;
    }
    this.#options.onRefused('timeout');
    this.end();
  }

  readonly #readStart = (chunk: Buffer): void => {
    this.#start = this.#start.length === 0 ? chunk : Buffer.concat([this.#start, chunk]);
    const reading = readSetup(this.#start);
    if (reading.kind === 'incomplete') return;
    if (reading.kind === 'malformed') {
      this.#refuse('malformed', reading.order, `The X11 set-up is longer than ${maxSetupBytes} bytes`);
    } else if (!showsCookie(reading.setup, this.#options.shownCookie)) {
      const text = 'X11 forwarding: this is not the cookie of this session';
      this.#refuse(hasAuthorization(reading.setup) ? 'wrong-cookie' : 'no-cookie', reading.setup.order, text);
    } else {
      this.#channel.removeListener('data', this.#readStart);
      this.#channel.pause();
      this.#options.onProved();
      this.#letIn(reading.setup, reading.rest);
    }
    this.#start = Buffer.alloc(0);
  };

  #letIn(setup: X11Setup, rest: Buffer): void {
    const { socket } = this.#options.display;
    const link = new DisplayLink(this.#channel, setup.order, {
      onIds: (ids) => {
        this.#ids = ids;
      },
      onOverrun: () => this.end(),
    });
    const display = connect({ ...socket, noDelay: true, onread: link.onread });
    this.#display = display;
    display.once('connect', () => {
      this.#isConnected = true;
      clearTimeout(this.#deadline);
      display.write(withAuthorization(setup, this.#options.displayCookie));
      if (rest.length > 0) display.write(rest);
      link.join(display);
      this.#options.onLetIn();
    });
    display.on('error', (error: NodeJS.ErrnoException) => {
      const text = 'X11 forwarding: the display does not answer';
      if (!this.#isConnected) this.#refuse(`display: ${error.code}`, setup.order, text);
    });
    display.once('close', () => {
      this.#finish();
      this.#endOnceClosed();
    });
  }

  /** @param order undefined where the client cannot be answered */
  #refuse(reason: string, order: ByteOrder | undefined, text: string): void {
    clearTimeout(this.#deadline);
    this.#options.onRefused(reason);
    if (order !== undefined && !this.#channel.writableEnded) this.#channel.write(failedReply(order, `${text}\n`));
    this.#finish();
  }

  /** Nothing more to send: the rest goes out, then the channel closes; what still comes is dropped. */
  #finish(): void {
    const channel = this.#channel;
    channel.removeListener('data', this.#readStart);
    // ssh2 tells of the close only after everything that came was read.
    channel.resume();
    if (channel.writableFinished) channel.close();
    else channel.once('finish', () => channel.close());
    if (!channel.writableEnded) channel.end();
  }

  #onChannelClosed(): void {
    clearTimeout(this.#deadline);
    this.#isChannelClosed = true;
    // What the client had asked for before it hung up is still for the display.
    if (this.#isConnected) this.#display?.destroySoon();
    else this.#display?.destroy();
    this.#endOnceClosed();
  }

  #endOnceClosed(): void {
    if (this.#hasEnded || !this.#isChannelClosed || (this.#display && !this.#display.closed)) return;
    this.#hasEnded = true;
    this.#options.onEnded();
  }
}
