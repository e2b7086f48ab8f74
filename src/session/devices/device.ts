import type { Duplex } from 'node:stream';

export type DeviceName = 'sound' | 'printers';

/** A service of this client that the programs of one session may use, over the session's own connection. */
export interface Device {
  readonly name: DeviceName;
  /** What tells the session's programs where the service is. @param socket path of its socket on the server */
  environment(socket: string): Readonly<Record<string, string>>;
  /** Connects one program to the service. @throws where the service does not run and cannot be started */
  connect(): Promise<Duplex>;
  /** What a program may say to the service; without it, everything. */
  gate?(): Gate;
  /** Ends what was started for the session. */
  close(): void;
}

/** Stands between one program and a service. An error of either stream ends the connection. */
export interface Gate {
  /** From the program to the service. */
  readonly up: Duplex;
  /** From the service to the program. */
  readonly down: Duplex;
}
