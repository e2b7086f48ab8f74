import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { ActorCommand, ActorReport, Behavior } from './actor-behavior.js';
import type { Host } from './host.js';

/** Scripted services on one host. */
export interface ScriptedServices {
  /** Listens on a port, or does from now on something else there. @throws where the port is taken */
  play(port: number, behavior: Behavior): Promise<void>;
  /** Listens no more: connections are refused. */
  close(port: number): Promise<void>;
  /** Connections that a port has had since the last {@link forget}. */
  connections(port: number): number;
  /** All that was received on a port since then, of all connections. */
  received(port: number): Buffer;
  forget(): void;
}

let bundle: Promise<string> | undefined;

/** The actor as one text that node runs without a file of its own. */
function actorBundle(): Promise<string> {
  bundle ??= build({
    entryPoints: [fileURLToPath(new URL('./actor.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  }).then((result) => result.outputFiles[0]?.text ?? '');
  return bundle;
}

/** Starts the actor on a host; it ends with the host. */
export async function startScriptedServices(host: Host): Promise<ScriptedServices> {
  const [program = '', ...enter] = host.enter;
  const node = [process.execPath, '--input-type=module', '--eval', await actorBundle()];
  const child = spawn(program, [...enter, ...node], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {
    // The host has ended.
  });
  const waiting = new Map<number, (problem: string | null) => void>();
  const connections = new Map<number, number>();
  const received = new Map<number, Buffer[]>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as ActorReport;
    if ('id' in report) {
      waiting.get(report.id)?.(report.problem);
      waiting.delete(report.id);
    } else if (report.event === 'connection') {
      connections.set(report.port, (connections.get(report.port) ?? 0) + 1);
    } else {
      const all = received.get(report.port) ?? [];
      all.push(Buffer.from(report.base64, 'base64'));
      received.set(report.port, all);
    }
  });
  child.once('close', () => {
    for (const answer of waiting.values()) answer('the scripted services have ended');
    waiting.clear();
  });
  let last = 0;
  const tell = (port: number, behavior: Behavior | null): Promise<void> => {
    last += 1;
    const command: ActorCommand = { id: last, port, behavior };
    return new Promise((resolve, reject) => {
      waiting.set(command.id, (problem) =>
        problem === null ? resolve() : reject(new Error(`${host.name}:${port}: ${problem}`)),
      );
      child.stdin.write(`${JSON.stringify(command)}\n`);
    });
  };
  return {
    play: (port, behavior) => tell(port, behavior),
    close: (port) => tell(port, null),
    connections: (port) => connections.get(port) ?? 0,
    received: (port) => Buffer.concat(received.get(port) ?? []),
    forget() {
      connections.clear();
      received.clear();
    },
  };
}
