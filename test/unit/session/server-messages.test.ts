import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { failureLine, outcomeText } from '../../../src/login/sentences.js';
import { dial } from '../../../src/servers/dial.js';
import { hostKeyAlgorithms } from '../../../src/session/host-keys/known-hosts.js';
import { SessionError } from '../../../src/session/session-error.js';
import { openConnection } from '../../../src/session/ssh/open-connection.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';

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
