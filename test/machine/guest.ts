/** Programs inside the machine, run by QEMU's guest agent over a serial line of its own: they need no network there. */
import type { Outcome } from '../cluster/support/run.js';
import { connectJson, isObject, type Json, type JsonObject } from './json-socket.js';

export interface Guest {
  /** Whether the agent answers: the machine is up. */
  answers(): Promise<boolean>;
  /** Runs shell text as root. */
  run(script: string, timeoutMs?: number): Promise<Outcome>;
  /** The same. @throws when it fails */
  sh(script: string, timeoutMs?: number): Promise<string>;
  close(): void;
}

/** Of an emulated processor that others leave little time. */
const answerMs = 120_000;
/** While it starts, nobody answers. */
const syncMs = 20_000;
/** Between two questions whether a program has ended; the agent writes each to the journal. */
const askEveryMs = 300;

export async function connectGuest(socket: string): Promise<Guest> {
  let onReply: ((message: JsonObject) => void) | undefined;
  // The agent knows no numbers of requests: one after the other.
  let queue: Promise<unknown> = Promise.resolve();
  const link = await connectJson(socket, (message) => onReply?.(message));

  const ask = (
    execute: string,
    words: JsonObject,
    wanted: (reply: JsonObject) => boolean,
    patienceMs = answerMs,
  ): Promise<Json> => {
    const asked = queue.then(
      () =>
        new Promise<Json>((resolve, reject) => {
          const timer = setTimeout(() => {
            onReply = undefined;
            reject(new Error(`the guest agent does not answer to ${execute}`));
          }, patienceMs);
          onReply = (reply) => {
            if (!wanted(reply)) return;
            clearTimeout(timer);
            onReply = undefined;
            const problem = reply.error;
            if (isObject(problem)) reject(new Error(`guest agent, ${execute}: ${String(problem.desc)}`));
            else resolve(reply.return ?? null);
          };
          link.send({ execute, arguments: words });
        }),
    );
    queue = asked.catch(() => {});
    return asked;
  };

  let syncs = 0;
  const guest: Guest = {
    async answers() {
      syncs += 1;
      const id = syncs;
      // What the agent still says to a request from before a restart is passed over.
      return ask('guest-sync', { id }, (reply) => reply.return === id, syncMs).then(
        () => true,
        () => false,
      );
    },
    async run(script, timeoutMs = 300_000) {
      const began = performance.now();
      const any = (): boolean => true;
      const started = await ask('guest-exec', { path: '/bin/sh', arg: ['-euc', script], 'capture-output': true }, any);
      const pid = isObject(started) ? Number(started.pid) : 0;
      for (;;) {
        const status = await ask('guest-exec-status', { pid }, any);
        if (isObject(status) && status.exited === true) {
          const text = (name: string): string => Buffer.from(String(status[name] ?? ''), 'base64').toString();
          return {
            code: Number(status.exitcode ?? 128 + Number(status.signal)),
            stdout: text('out-data'),
            stderr: text('err-data'),
            ms: performance.now() - began,
          };
        }
        if (performance.now() - began > timeoutMs) throw new Error(`in the machine, after ${timeoutMs} ms: ${script}`);
        await new Promise((resolve) => setTimeout(resolve, askEveryMs));
      }
    },
    async sh(script, timeoutMs) {
      const { code, stdout, stderr } = await guest.run(script, timeoutMs);
      if (code !== 0) throw new Error(`in the machine, code ${code}: ${script}\n${stdout}${stderr}`);
      return stdout;
    },
    close: () => link.close(),
  };
  return guest;
}
