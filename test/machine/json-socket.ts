/** A Unix socket on which one JSON object a line goes each way, as with QEMU's monitor and its guest agent. */
import { createConnection, type Socket } from 'node:net';
import { until } from '../cluster/support/run.js';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface JsonSocket {
  send(message: JsonObject): void;
  close(): void;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Connects as soon as somebody listens. @param onMessage is called for each object that comes */
export async function connectJson(path: string, onMessage: (message: JsonObject) => void): Promise<JsonSocket> {
  let socket: Socket | undefined;
  await until(`${path} takes a connection`, async () => {
    socket = await tryConnect(path);
    return socket !== undefined;
  });
  const connected = socket;
  if (connected === undefined) throw new Error(`${path} takes no connection`);
  let rest = '';
  connected.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // The agent puts 0xFF in front of its answer to a guest-sync-delimited.
      const message = parse(line.replace(/^[^{]*/, ''));
      if (isObject(message)) onMessage(message);
    }
  });
  connected.on('error', () => {
    // The machine has ended.
  });
  return {
    send: (message) => connected.write(`${JSON.stringify(message)}\n`),
    close: () => connected.destroy(),
  };
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
