import { join } from 'node:path';
import type { Channel } from 'ssh2';
import { errorMessage } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import { LogLimiter } from '../../shared/log/log-limit.js';
import type { Connection } from '../ssh/connection.js';
import type { Device } from './device.js';
import { relay } from './relay.js';
import { openRemoteFolder, type RemoteFolder } from './remote-folder.js';

/** Maximum number of programs that use one device at a time. A desktop with many windows has a dozen. */
const maxConnections = 64;
/** Maximum number of failures in the log per minute; a program of the session can cause them. */
const failureLimit = { events: 10, withinMs: 60_000 };

type Environment = Readonly<Record<string, string>>;

/**
 * The devices of this client in one session. Each has a socket on the server that is forwarded over the connection of the
 * session, so no port is open anywhere. A device that cannot be reached is missing, and the session goes on without it.
 */
export class SessionDevices {
  readonly #devices: readonly Device[];
  readonly #log: Log;
  readonly #failures: LogLimiter;
  /** Ends each open connection. */
  readonly #connections = new Set<() => void>();
  #folder: RemoteFolder | undefined;
  #isClosed = false;

  constructor(devices: readonly Device[], log: Log) {
    this.#devices = devices;
    this.#log = log;
    this.#failures = new LogLimiter(
      failureLimit,
      () => performance.now(),
      (count) => log.warn('device-failures-omitted', { count }),
    );
  }

  /** Whether the server holds something of it, beside the session itself. */
  get isOpen(): boolean {
    return this.#folder !== undefined && !this.#isClosed;
  }

  /** Makes the sockets on the server. Never throws. @returns environment variables of the session */
  async open(connection: Connection): Promise<Environment> {
    if (this.#devices.length === 0) return {};
    const server = connection.server.name;
    try {
      const folder = await openRemoteFolder(connection);
      this.#folder = folder;
      if (this.#isClosed) {
        void folder.close();
        return {};
      }
      const environments = await Promise.all(
        this.#devices.map((device) => this.#offer(device, folder.path, connection)),
      );
      if (environments.every((one) => one === undefined)) await this.close();
      return Object.assign({}, ...environments);
    } catch (error) {
      for (const { name } of this.#devices) this.#fail(name, server, error);
      return {};
    }
  }

  /** Ends every connection and what was started for the session. Resolves when the server's sockets are gone. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const end of this.#connections) end();
    for (const device of this.#devices) device.close();
    this.#failures.flush();
    await this.#folder?.close();
  }

  async #offer(device: Device, folder: string, connection: Connection): Promise<Environment | undefined> {
    const socket = join(folder, device.name);
    try {
      await connection.forwardSocket(socket, (accept, reject) => void this.#connect(device, accept, reject));
      return device.environment(socket);
    } catch (error) {
      this.#fail(device.name, connection.server.name, error);
      return undefined;
    }
  }

  #fail(device: string, server: string, error: unknown): void {
    if (!this.#isClosed) this.#log.warn('device-failed', { device, server, problem: errorMessage(error) });
  }

  async #connect(device: Device, accept: () => Channel, reject: () => void): Promise<void> {
    const fail = (problem: string): void =>
      this.#failures.log(() => this.#log.warn('device-connection-failed', { device: device.name, problem }));
    if (this.#isClosed) return reject();
    // A connection counts from here on, or many could wait for the service.
    let end = (): void => {};
    const entry = (): void => end();
    if (this.#connections.size >= maxConnections) {
      fail('too many connections');
      return reject();
    }
    this.#connections.add(entry);
    try {
      const service = await device.connect();
      if (this.#isClosed) {
        service.destroy();
        return reject();
      }
      end = relay(accept(), service, device.gate?.(), (problem) => {
        this.#connections.delete(entry);
        if (problem !== undefined) fail(problem);
      });
    } catch (error) {
      this.#connections.delete(entry);
      fail(errorMessage(error));
      reject();
    }
  }
}
