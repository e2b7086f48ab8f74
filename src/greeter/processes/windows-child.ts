import type { EventEmitter } from 'node:events';
import type { Stream } from 'node:stream';

/** A process that shows windows, as Node's ChildProcess: one that Node has started, or an {@link AdoptedGreeter}. */
export interface WindowsChild extends EventEmitter {
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** Whether messages can be sent. */
  readonly connected: boolean;
  readonly stdio: readonly (Stream | null | undefined)[];
  send(message: object, sent: (error: Error | null) => void): boolean;
  kill(signal: NodeJS.Signals): boolean;
}
