import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import type { ServerMessages } from './server-messages.js';

/** What a connection consists of from its start to its end. */
export interface Transport {
  readonly client: Client;
  readonly socket: Socket;
  readonly messages: ServerMessages;
}
