/** QEMU's monitor: the machine's power, its cable, its keyboard, and pictures of its screen. */
import { until } from '../cluster/support/run.js';
import { connectJson, isObject, type Json, type JsonObject } from './json-socket.js';

export interface Monitor {
  /** @throws with QEMU's own words when it refuses */
  command(name: string, words?: JsonObject): Promise<Json>;
  /** How often an event came so far: `RESET`, `SHUTDOWN`, `POWERDOWN`... */
  events(name: string): number;
  close(): void;
}

export async function connectMonitor(socket: string): Promise<Monitor> {
  const events = new Map<string, number>();
  const waiting = new Map<number, (reply: JsonObject) => void>();
  let greeted = false;
  let last = 0;
  const link = await connectJson(socket, (message) => {
    greeted ||= 'QMP' in message;
    const { event, id } = message;
    if (typeof event === 'string') events.set(event, (events.get(event) ?? 0) + 1);
    if (typeof id !== 'number') return;
    waiting.get(id)?.(message);
    waiting.delete(id);
  });
  const monitor: Monitor = {
    async command(name, words = {}) {
      last += 1;
      const id = last;
      const reply = await new Promise<JsonObject>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`QEMU does not answer to ${name}`)), 120_000);
        waiting.set(id, (message) => {
          clearTimeout(timer);
          resolve(message);
        });
        link.send({ execute: name, arguments: words, id });
      });
      const problem = reply.error;
      if (isObject(problem)) throw new Error(`QEMU refuses ${name}: ${String(problem.desc)}`);
      return reply.return ?? null;
    },
    events: (name) => events.get(name) ?? 0,
    close: () => link.close(),
  };
  await until('QEMU greets', () => greeted);
  await monitor.command('qmp_capabilities');
  return monitor;
}
