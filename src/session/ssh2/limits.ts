/**
 * Limits of the SSH protocol for a peer that ssh2 does not enforce. Only this file uses ssh2's internals for them.
 * {@link enforceLimits} throws at the start where another version of ssh2 has other internals.
 *
 * A peer that breaks a limit loses the connection: the handlers run inside ssh2's own `try`, which turns what they
 * throw into the client's `error` event.
 */
import type { Socket } from 'node:net';
import type { Client } from 'ssh2';

/** RFC 4254 section 5.2: a window never grows beyond this. */
const maxWindow = 2 ** 32 - 1;
/** Every implementation accepts 32,768 bytes (RFC 4253 section 6.1). Far below that, each byte becomes a packet. */
const minPacketSize = 1_024;
/** Maximum number of bytes that wait for a peer that does not read. OpenSSH allows 2 MiB for a session and 64 KiB for an X11 client. */
const defaultMaxUnread = 32 * 1024 * 1024;

/** A server broke a limit of the protocol. */
export class ProtocolLimitError extends Error {
  override readonly name = 'ProtocolLimitError';
  readonly code = 'protocol-limit';
}

interface ChannelEnd {
  window: number;
  readonly packetSize: number;
  readonly state: 'open' | 'eof' | 'closing' | 'closed';
}

interface ChannelInside {
  readonly incoming: ChannelEnd;
  readonly outgoing: ChannelEnd;
}

type Handler = (protocol: unknown, ...values: never[]) => void;

/** The internals of ssh2 (version 1.17) that are used here. */
interface ProtocolInside {
  readonly _handlers: Record<string, Handler>;
  /** Set while keys are exchanged; outgoing data waits then. */
  readonly _kexinit: unknown;
  _packetRW: { write: unknown };
  _cipher: unknown;
  _destruct: ((reason?: string) => void) | undefined;
  channelData(id: number, data: Buffer): void;
  requestSuccess(): void;
}

interface ClientInside {
  readonly _protocol: ProtocolInside;
  readonly _chanMgr: { get(id: number): ChannelInside | ((...values: unknown[]) => void) | undefined };
}

/**
 * Holds the server of a connection to the protocol's limits. To be called right after `client.connect()`.
 * @param maxUnread bytes that may wait for a server that does not read
 * @throws {TypeError} when this version of ssh2 has other internals
 */
export function enforceLimits(client: Client, socket: Socket, maxUnread = defaultMaxUnread): void {
  const inside = client as unknown as ClientInside;
  const protocol = inside._protocol;
  const wrap = (name: string, check: (...values: never[]) => boolean | undefined): void => {
    const handler = protocol._handlers[name];
    if (handler === undefined) throw new TypeError(`ssh2 has no handler for ${name}`);
    protocol._handlers[name] = (self, ...values) => {
      if (check(...values) !== false) handler(self, ...values);
    };
  };
  const channel = (id: number): ChannelInside | undefined => {
    const found = inside._chanMgr.get(id);
    return typeof found === 'object' ? found : undefined;
  };

  const data = (id: number, bytes: Buffer): undefined => {
    const { incoming } = channel(id) ?? {};
    if (incoming === undefined) return;
    if (incoming.state !== 'open') throw new ProtocolLimitError('the server sent data after its end of file');
    if (bytes.length > incoming.packetSize) throw new ProtocolLimitError('the server sent a packet that is too large');
    if (bytes.length > incoming.window) throw new ProtocolLimitError('the server sent data beyond the window');
  };
  wrap('CHANNEL_DATA', data);
  wrap('CHANNEL_EXTENDED_DATA', data);
  wrap('CHANNEL_WINDOW_ADJUST', (id: number, amount: number) => {
    if ((channel(id)?.outgoing.window ?? 0) + amount > maxWindow) {
      throw new ProtocolLimitError('the server let a window grow beyond 4 GiB');
    }
    return undefined;
  });
  const opened = ({ packetSize }: { readonly packetSize: number }): undefined => {
    if (packetSize < minPacketSize) {
      throw new ProtocolLimitError(`the server takes packets of ${packetSize} bytes at most`);
    }
  };
  wrap('CHANNEL_OPEN', opened);
  wrap('CHANNEL_OPEN_CONFIRMATION', opened);
  // ssh2 verifies each such list of keys, which costs a round trip and one signature per key. Nothing here uses them.
  wrap('GLOBAL_REQUEST', (name: string, wantReply: boolean) => {
    if (name !== 'hostkeys-00@openssh.com') return undefined;
    if (wantReply) protocol.requestSuccess();
    return false;
  });

  limitUnread(protocol, socket, maxUnread);
  silenceAfterEnd(protocol);
}

/** Ends the connection when too much data waits for a server that does not read, or that never ends a key exchange. */
function limitUnread(protocol: ProtocolInside, socket: Socket, maxUnread: number): void {
  const write = socket.write.bind(socket);
  const check = (bytes: number): void => {
    if (bytes > maxUnread) socket.destroy(new ProtocolLimitError('the server does not read what it is sent'));
  };
  socket.write = ((...values: Parameters<typeof write>) => {
    const result = write(...values);
    check(socket.writableLength);
    return result;
  }) as typeof socket.write;

  let heldBack = 0;
  const channelData = protocol.channelData.bind(protocol);
  protocol.channelData = (id, bytes) => {
    heldBack = protocol._kexinit === undefined ? 0 : heldBack + bytes.length;
    check(heldBack);
    channelData(id, bytes);
  };
}

/**
 * Channels end after their connection, and send their end to a connection that is gone. Without compression ssh2 drops
 * it; with compression it throws `Invalid Zlib instance` from an event, where it cannot be caught.
 */
function silenceAfterEnd(protocol: ProtocolInside): void {
  const destruct = protocol._destruct;
  if (destruct === undefined) throw new TypeError('ssh2 has no _destruct');
  protocol._destruct = (reason) => {
    destruct.call(protocol, reason);
    const dropped = { allocStart: 0, allocStartKEX: 0, alloc: (size: number) => Buffer.alloc(size) };
    protocol._packetRW.write = { ...dropped, finalize: (packet: Buffer) => packet, cleanup() {} };
    protocol._cipher = { allocPacket: (size: number) => Buffer.alloc(size), encrypt() {}, free() {} };
  };
}
