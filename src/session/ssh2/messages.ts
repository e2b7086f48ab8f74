/**
 * Listens to messages of the server that ssh2 (version 1.17) does not pass on. Each function is to be called after
 * `client.connect()`, and throws a TypeError where another version of ssh2 has other internals.
 */
import type { Client } from 'ssh2';

type Handler = (protocol: unknown, ...values: unknown[]) => void;

/** The text of the message that ends the connection (SSH_MSG_DISCONNECT). */
export function onDisconnectMessage(client: Client, heard: (text: string) => void): void {
  wrapHandler(client, 'DISCONNECT', ([, text]) => {
    if (typeof text === 'string') heard(text);
    return true;
  });
}

/**
 * Texts of a keyboard-interactive request without prompts: "account locked", "password changed". ssh2 answers such a
 * request by itself and drops its texts.
 * @param heard takes the texts; where it returns false the request is not answered
 */
export function onRequestWithoutPrompts(client: Client, heard: (texts: readonly string[]) => boolean): void {
  wrapHandler(client, 'USERAUTH_INFO_REQUEST', ([name, instructions, prompts]) => {
    const asks = Array.isArray(prompts) && prompts.length > 0;
    return asks || heard([String(name), String(instructions)]);
  });
}

/** @param first called before ssh2's own handler, which is left out where it returns false */
function wrapHandler(client: Client, name: string, first: (values: readonly unknown[]) => boolean): void {
  const { _protocol: protocol } = client as unknown as { _protocol?: { _handlers?: Record<string, Handler> } };
  const handlers = protocol?._handlers;
  const original = handlers?.[name];
  if (handlers === undefined || original === undefined) throw new TypeError(`ssh2 has no handler for ${name}`);
  handlers[name] = (self, ...values) => {
    if (first(values)) original(self, ...values);
  };
}
