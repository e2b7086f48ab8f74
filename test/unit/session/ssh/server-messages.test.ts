import { createServer, Socket } from 'node:net';
import type { Client } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { failureLine, outcomeText } from '../../../../src/login/sentences.js';
import { dial } from '../../../../src/servers/dial.js';
import { hostKeyAlgorithms } from '../../../../src/session/host-keys/known-hosts.js';
import { SessionError } from '../../../../src/session/session-error.js';
import { openConnection } from '../../../../src/session/ssh/open-connection.js';
import { ServerMessages } from '../../../../src/session/ssh/server-messages.js';
import { parseServerAddress } from '../../../../src/shared/server-address.js';

/** What sshd says in place of its version line, word for word, and what the user reads. */
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function failureFrom(text: string) {
  const server = createServer((socket) => socket.on('error', () => {}).end(text));
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const address = parseServerAddress(`127.0.0.1:${port}`, 22);
  if (address === undefined) throw new Error('not an address');
  const error = await openConnection(address, {
    dial: (signal) => dial(address.host, address.port, { timeoutMs: 2_000, signal }),
    timeoutMs: 2_000,
    hostKeyAlgorithms: hostKeyAlgorithms([]),
    checkHostKey: async () => ({ accepted: true }),
    signal: new AbortController().signal,
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SessionError)) throw new Error('it connected');
  const { code, detail, serverMessage } = error;
  return { server: 's1', code, detail, serverMessage };
}

describe('a server that has something else to say than its version', () => {
  it('is understood when it turns this address away, and the user is told to wait', async () => {
    const failure = await failureFrom('Not allowed at this time\r\n');
    expect(failure.code).toBe('turned-away');
    expect(failureLine(failure)).toBe(
      's1: takes no logins from this computer at the moment, because too many are under way or have failed; wait, then try again.',
    );
    expect(outcomeText({ kind: 'none-left', failures: [failure, failure] })).toBe(
      'Wait a few minutes, then try again.',
    );
  });

  it('is understood when it has as many sign-ins under way as it takes', async () => {
    const failure = await failureFrom('Exceeded MaxStartups\r\n');
    expect(failureLine(failure)).toBe('s1: takes no more logins at this moment, because too many are under way.');
  });

  it('is quoted, as plain text, when it says anything else', async () => {
    const failure = await failureFrom('Closed for\u001b[2J repairs.\r\nAsk Größe in room 4.');
    expect(failureLine(failure)).toBe(
      's1: closed the connection. It said: Closed for[2J repairs.\nAsk Größe in room 4.',
    );
  });

  it('is told to have closed the connection when it says nothing', async () => {
    expect(failureLine(await failureFrom(''))).toBe('s1: closed the connection.');
  });
});

/** The messages of a server that sends these pieces before its version line, and ends the connection with words. */
function messagesOf(pieces: readonly (string | Buffer)[], goodbye?: string) {
  const socket = new Socket();
  const messages = new ServerMessages();
  messages.listenTo(socket);
  for (const piece of pieces) socket.emit('data', Buffer.from(piece));
  const reasons: unknown[] = [];
  const handlers = { DISCONNECT: (_protocol: unknown, ...values: unknown[]) => reasons.push(values) };
  messages.listenToDisconnect({ _protocol: { _handlers: handlers } } as unknown as Client);
  if (goodbye !== undefined) handlers.DISCONNECT({}, 11, goodbye);
  return { messages, reasons, listens: () => socket.listenerCount('data') > 0, socket };
}
const lastOf = (...given: Parameters<typeof messagesOf>): string | undefined => messagesOf(...given).messages.last;

describe('the last message of a server', () => {
  it('is what it says in place of its version line, in whatever pieces that comes', () => {
    const [first, second] = [Buffer.from('Größe').subarray(0, 3), Buffer.from('Größe').subarray(3)];
    expect(lastOf(['Ask in room 4.\r\n', first, second, '\r\n'])).toBe('Ask in room 4.\r\nGröße');
    expect(lastOf(['It speaks no SSH-2.0'])).toBe('It speaks no SSH-2.0');
  });

  it('is neither what comes before its version line nor what comes after', () => {
    const { messages, listens, socket } = messagesOf(['Welcome\r\nSS', 'H-2.0-OpenSSH_10.0\r\n']);
    expect(messages.last).toBeUndefined();
    expect(listens()).toBe(false);
    socket.emit('data', Buffer.from('key exchange'));
    expect(messages.last).toBeUndefined();
  });

  it('is none where it says nothing, or nothing but blanks', () => {
    expect(lastOf([])).toBeUndefined();
    expect(lastOf([' \r\n'])).toBeUndefined();
    expect(lastOf([], ' ')).toBeUndefined();
  });

  it('is kept up to 2,048 bytes', () => {
    const almost = messagesOf(['x'.repeat(2_047)]);
    expect(almost.listens()).toBe(true);
    almost.socket.emit('data', Buffer.from('yz'));
    expect(almost.messages.last).toBe(`${'x'.repeat(2_047)}y`);
    expect(almost.listens()).toBe(false);
    expect(lastOf([], 'x'.repeat(3_000))).toBe('x'.repeat(2_048));
  });

  it('is what it says when it ends the connection, which ssh2 still hears', () => {
    const { messages, reasons } = messagesOf(['Welcome\r\n'], 'Closed for repairs\n');
    expect(messages.last).toBe('Closed for repairs');
    expect(reasons).toEqual([[11, 'Closed for repairs\n']]);
  });
});

describe('the failure of a connection', () => {
  it('has the code of a refusal by sshd that the server names, with the first error as its cause', () => {
    const error = new SessionError('closed', 'ended');
    const explained = messagesOf(['Exceeded MaxStartups\r\n']).messages.explain(error);
    expect(explained).toMatchObject({ code: 'busy', detail: 'Exceeded MaxStartups', cause: error });
    expect(explained.serverMessage).toBeUndefined();
  });

  it('has any other message of the server beside its own code, detail and cause', () => {
    const cause = new Error('ECONNRESET');
    const error = new SessionError('closed', 'ended', { cause });
    const explained = messagesOf(['No room\r\n']).messages.explain(error);
    expect(explained).toMatchObject({ code: 'closed', detail: 'ended', serverMessage: 'No room', cause });
  });

  it('stays as it is where the server said nothing, is quoted already, or had no part in it', () => {
    const closed = new SessionError('closed', 'ended');
    expect(messagesOf([]).messages.explain(closed)).toBe(closed);
    const quoted = new SessionError('closed', 'ended', { serverMessage: 'first' });
    const refused = new SessionError('host-key-changed', 'another key');
    for (const error of [quoted, refused]) expect(messagesOf(['Go away']).messages.explain(error)).toBe(error);
  });
});
