/**
 * Runs on a host of the cluster: listens on ports and does there what it is told, line by line on standard input.
 * Ends with its standard input.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ActorCommand, ActorReport, Behavior } from './actor-behavior.js';

interface Listener {
  readonly server: Server;
  readonly open: Set<Socket>;
  behavior: Behavior;
}
const listeners = new Map<number, Listener>();

function report(line: ActorReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function listen(id: number, port: number, behavior: Behavior): void {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    report({ port, event: 'connection' });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.on('data', (data) => report({ port, event: 'received', base64: data.toString('base64') }));
    socket.on('end', () => socket.end());
    act(socket, listeners.get(port)?.behavior ?? behavior);
  });
  server.once('error', (error) => report({ id, problem: String(error) }));
  server.listen(port, () => {
    listeners.set(port, { server, open, behavior });
    report({ id, problem: null });
  });
}

function act(socket: Socket, behavior: Behavior): void {
  switch (behavior.does) {
    case 'say':
      setTimeout(() => socket.end(behavior.text), behavior.afterMs ?? 0);
      return;
    case 'bytes':
      socket.end(Buffer.from(behavior.base64, 'base64'));
      return;
    case 'fall-silent':
      if (behavior.text !== '') socket.write(behavior.text);
      return;
    case 'drip':
      drip(socket, Buffer.from(behavior.text), behavior.everyMs);
      return;
    case 'flood':
      flood(socket, behavior.text);
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'relay':
      relay(socket, behavior.port, behavior.packets, () => {
        if (behavior.then === 'end') socket.end();
      });
      return;
  }
}

function drip(socket: Socket, bytes: Buffer, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= bytes.length || socket.destroyed) {
      clearInterval(timer);
      socket.end();
      return;
    }
    socket.write(bytes.subarray(at, ++at));
  }, everyMs);
}

function flood(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

/** Counts the server's packets while they are still in the clear (RFC 4253, 6: a length of 4 bytes leads each). */
function relay(client: Socket, port: number, packets: number, stop: () => void): void {
  const server = createConnection({ port, host: '127.0.0.1', noDelay: true });
  let heard = Buffer.alloc(0);
  let stopped = false;
  server.on('data', (data) => {
    if (stopped) return;
    heard = Buffer.concat([heard, data]);
    const end = endOf(heard, packets);
    const passed = heard.length - data.length;
    client.write(end === undefined ? data : heard.subarray(passed, end));
    if (end === undefined) return;
    stopped = true;
    stop();
  });
  server.on('error', () => client.destroy());
  client.on('data', (data) => {
    if (!stopped) server.write(data);
  });
  client.on('close', () => server.destroy());
}

/** @returns where the banner and so many packets end, or undefined while they have not all come */
function endOf(heard: Buffer, packets: number): number | undefined {
  const lineEnd = heard.indexOf('\n');
  if (lineEnd < 0) return undefined;
  let at = lineEnd + 1;
  for (let packet = 0; packet < packets; packet += 1) {
    if (heard.length < at + 4) return undefined;
    at += 4 + heard.readUInt32BE(at);
  }
  return heard.length >= at ? at : undefined;
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    // Only the test that started this process writes here.
    const command = JSON.parse(line) as ActorCommand;
    const there = listeners.get(command.port);
    if (command.behavior === null) {
      listeners.delete(command.port);
      for (const socket of there?.open ?? []) socket.destroy();
      if (there) there.server.close(() => report({ id: command.id, problem: null }));
      else report({ id: command.id, problem: null });
    } else if (there) {
      there.behavior = command.behavior;
      report({ id: command.id, problem: null });
    } else {
      listen(command.id, command.port, command.behavior);
    }
  })
  .on('close', () => process.exit(0));
