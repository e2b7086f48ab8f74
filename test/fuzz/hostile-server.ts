import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { portOf } from '../../src/demo/cluster/info-service.js';
import { interceptPackets } from '../support/ssh2-packets.js';
import { extremes } from './messages.js';
import type { Lie, Plan, SignInPlan } from './plan.js';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

/** What a flood comes to at the most. */
const floodBytes = 300_000_000;

export interface HostileServer {
  readonly port: number;
  readonly knownHost: string;
  stop(): void;
}

/** A server with a proved key that follows the plan in each of its connections. */
export async function startHostileServer(plan: Plan): Promise<HostileServer> {
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  const ssh = new ssh2.Server({ hostKeys: [pem] }, (connection) => {
    connection.on('error', () => {});
    answerSignIn(connection, plan.signIn);
    answerCommand(connection, plan.command);
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    const wire = new Wire(socket, plan);
    // ssh2 makes the connection within, and keeps it to itself.
    ssh.once('connection', (connection: Connection) =>
      interceptPackets(connection, (payload, emit) => wire.packet(payload, emit)),
    );
    ssh.injectSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    knownHost: `[127.0.0.1]:${port} ssh-rsa ${key.getPublicSSH().toString('base64')}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** What leaves the server: each packet in the clear goes through the plan's lies before it is encrypted. */
class Wire {
  private packets = 0;
  /** Sends a packet as the last honest one was sent. */
  private emit: (bytes: Buffer) => void = () => {};
  private readonly told = new Set<Lie>();
  private isStalled = false;
  private isDripping = false;
  private readonly write: Socket['write'];

  constructor(
    private readonly socket: Socket,
    private readonly plan: Plan,
  ) {
    this.write = socket.write.bind(socket);
    let isFirst = true;
    socket.write = ((data: Buffer | string) => {
      if (isFirst && plan.version) this.sendVersion(plan.version);
      else this.send(Buffer.from(data as Buffer));
      isFirst = false;
      return true;
    }) as Socket['write'];
  }

  /** As fast as the client reads, until the end of the connection or of the flood. */
  private flood(message: Buffer, times: number): void {
    let left = Math.min(times, floodBytes / message.length);
    for (; left > 0 && !this.socket.destroyed && this.socket.writableLength < 4_000_000; left -= 1) this.emit(message);
    if (left > 0 && !this.socket.destroyed) setTimeout(() => this.flood(message, left), 1);
  }

  packet(payload: Buffer, emit: (bytes: Buffer) => void): void {
    const number = this.packets;
    this.packets += 1;
    const lies = this.plan.lies.filter((lie) => {
      const isMeant = 'packet' in lie.at ? lie.at.packet === number : lie.at.type === payload[0];
      return isMeant && !this.told.has(lie);
    });
    for (const lie of lies) this.told.add(lie);
    let out: readonly Buffer[] = [payload];
    for (const lie of lies) out = this.lie(lie, out);
    this.emit = emit;
    for (const bytes of out) {
      // A client that does not read must not cost us the memory.
      if (this.socket.writableLength < 20_000_000) emit(bytes);
    }
  }

  private lie({ kind, message, times, draws }: Lie, packets: readonly Buffer[]): readonly Buffer[] {
    const [first = Buffer.alloc(0), ...others] = packets;
    const [one = 0, two = 0] = draws;
    const at = Math.floor(one * first.length);
    switch (kind) {
      case 'cut':
        this.socket.destroy();
        return [];
      case 'end':
        this.socket.end();
        return [];
      case 'drop':
        return others;
      case 'repeat':
        return [...Array.from({ length: times + 1 }, () => first), ...others];
      case 'truncate':
        return [first.subarray(0, at), ...others];
      case 'extend':
        return [Buffer.concat([first, Buffer.alloc([1, 30, 5_000, 40_000][times % 4] ?? 1, 'z')]), ...others];
      case 'flip': {
        const flipped = Buffer.from(first);
        for (const draw of draws.slice(0, times)) {
          const place = Math.floor(draw * flipped.length);
          flipped[place] = (flipped[place] ?? 0) ^ (1 + (Math.floor(draw * 1e6) % 255));
        }
        return [flipped, ...others];
      }
      case 'field': {
        const altered = Buffer.from(first);
        const extreme = extremes[Math.floor(two * extremes.length)] ?? 0;
        // Channel messages are numbers from end to end.
        const places = altered[0] !== undefined && altered[0] >= 91 ? 4 : 1;
        const place = 1 + places * Math.floor((one * (altered.length - 1)) / places);
        if (place + 4 <= altered.length) altered.writeUInt32BE(extreme, place);
        return [altered, ...others];
      }
      case 'retype':
        return [Buffer.concat([message.subarray(0, 1), first.subarray(1)]), ...others];
      case 'insert':
        return [...Array.from({ length: times }, () => message), ...packets];
      case 'insert-behind':
        return [...packets, ...Array.from({ length: times }, () => message)];
      case 'flood':
        setImmediate(() => this.flood(message, times));
        return packets;
      case 'stall':
        this.isStalled = true;
        return [];
      case 'drip':
        this.isDripping = true;
        return packets;
      case 'raw':
        this.send(message);
        return packets;
      case 'raw-length': {
        const length = Buffer.alloc(8);
        length.writeUInt32BE(extremes[Math.floor(two * extremes.length)] ?? 0);
        this.send(length);
        return packets;
      }
    }
  }

  private sendVersion({ pieces, everyMs }: NonNullable<Plan['version']>): void {
    if (everyMs === 0) for (const piece of pieces) this.send(piece);
    else this.drip(pieces, everyMs);
  }

  private send(data: Buffer): void {
    if (this.isStalled || this.socket.destroyed) return;
    if (this.isDripping && data.length < 4_000)
      this.drip(
        [...data].map((byte) => Buffer.from([byte])),
        5,
      );
    else this.write(data);
  }

  private drip(pieces: readonly Buffer[], everyMs: number): void {
    const left = [...pieces];
    const timer = setInterval(() => {
      const piece = left.shift();
      if (piece === undefined || this.socket.destroyed) clearInterval(timer);
      else this.write(piece);
    }, everyMs);
  }
}

function answerSignIn(connection: Connection, plan: SignInPlan): void {
  let rounds = 0;
  const ask = (context: AuthContext): void => {
    if (context.method !== 'keyboard-interactive' || (plan.kind !== 'ask' && plan.kind !== 'partial')) return;
    rounds += 1;
    if (rounds > plan.rounds) {
      context.accept();
      return;
    }
    const prompts = Array.from({ length: plan.prompts }, (_, i) => ({ prompt: plan.text, echo: i % 2 === 1 }));
    context.prompt(prompts, plan.text, plan.text, () => ask(context));
  };
  connection.on('authentication', (context) => {
    switch (plan.kind) {
      case 'accept':
        if (context.method === 'password') context.accept();
        else context.reject(['password']);
        return;
      case 'refuse':
        context.reject(['password', 'keyboard-interactive']);
        return;
      case 'silent':
        return;
      case 'change':
        if (context.method !== 'password') context.reject(['password']);
        else context.requestChange('change it', () => context.accept());
        return;
      case 'partial':
      case 'ask':
        if (context.method === 'keyboard-interactive') ask(context);
        else if (context.method === 'password') context.reject(['keyboard-interactive'], true);
        else context.reject(plan.kind === 'ask' ? ['keyboard-interactive'] : ['password']);
        return;
    }
  });
}

function answerCommand(connection: Connection, command: Plan['command']): void {
  connection.on('session', (accept) => {
    accept().on('exec', (start, refuse) => {
      if (command === 'never starts') return;
      if (command === 'is refused') {
        refuse();
        return;
      }
      const channel = start();
      channel.on('error', () => {});
      channel.resume();
      if (command === 'stays') return;
      for (let i = 0; i < 20; i += 1) {
        channel.write('out'.repeat(i));
        channel.stderr.write('err');
      }
      if (command === 'talks') return;
      channel.exit(0);
      channel.end();
    });
  });
}
