import { createServer, type Socket } from 'node:net';
import type { AuthContext, Connection, KeyboardAuthContext } from 'ssh2';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { progressLine } from '../../../../src/login/sentences.js';
import { dial } from '../../../../src/servers/dial.js';
import { hostKeyAlgorithms } from '../../../../src/session/host-keys/known-hosts.js';
import type { SessionError } from '../../../../src/session/session-error.js';
import { signInLimits } from '../../../../src/session/sign-in/prompt-answers.js';
import { openConnection } from '../../../../src/session/ssh/open-connection.js';
import { Secret } from '../../../../src/shared/secret.js';
import { parseServerAddress } from '../../../../src/shared/server-address.js';
import { testHostKey } from '../../support/host-key.js';
import { type PacketSender, sendPacket } from '../../support/raw-packet.js';

/** Servers that are verified and then say or ask more than anybody can mean. */
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Raw extends PacketSender {
  authInfoReq(name: string, instructions: string, prompts: ssh2.Prompt[]): void;
}
const rawOf = (connection: Connection): Raw => (connection as unknown as { _protocol: Raw })._protocol;

/** RFC 4252 section 5.4 */
function sendBanner(raw: Raw, text: string): void {
  sendPacket(raw, 53, text, '');
}

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** Offers keyboard-interactive alone, and does this once it is asked for. */
function serve(onKeyboard: (context: KeyboardAuthContext, raw: Raw, connection: Connection) => void): Promise<number> {
  const ssh = new ssh2.Server({ hostKeys: [testHostKey] }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context: AuthContext) => {
      if (context.method === 'keyboard-interactive') onKeyboard(context, rawOf(connection), connection);
      else context.reject(['keyboard-interactive']);
    });
  });
  return listen((socket) => ssh.injectSocket(socket));
}

/** Long enough for a processor that is busy elsewhere: none of these servers is to be left because of the time. */
const timeoutMs = 15_000;

/** Signs in with a user who answers everything; what was asked and told, and how it ended. */
async function signIn(port: number, answering: 'at once' | 'never' = 'at once') {
  const server = parseServerAddress(`127.0.0.1:${port}`, 22);
  if (!server) throw new Error('not an address');
  const told: string[] = [];
  const asked: string[] = [];
  const withdrawn: string[] = [];
  const { signal } = new AbortController();
  const result = await openConnection(server, {
    dial: (within) => dial(server.host, server.port, { timeoutMs, signal: within }),
    timeoutMs,
    hostKeyAlgorithms: hostKeyAlgorithms([]),
    checkHostKey: async () => ({ accepted: true }),
    signal,
  })
    .then((verified) => {
      const promptHandler = {
        tell: (text: string) => told.push(text),
        ask: ({ text }: { text: string }, signal: AbortSignal) => {
          asked.push(text);
          signal.addEventListener('abort', () => withdrawn.push(text));
          return answering === 'never' ? new Promise<Secret>(() => {}) : Promise.resolve(new Secret('yes'));
        },
      };
      return verified.signIn('ann', new Secret('pw'), promptHandler, signal);
    })
    .then(
      (connection) => {
        connection.close();
        return 'signed in';
      },
      (error: SessionError) => error.code,
    );
  return { result, told, asked, withdrawn };
}

const question = (text: string): ssh2.Prompt => ({ prompt: text, echo: true });

describe('a server that asks too much', () => {
  it.each([signInLimits.prompts + 1, 5_000, 10_000])('gets no answer to %i questions in one request', async (count) => {
    const port = await serve((_, raw) => raw.authInfoReq('', '', Array<ssh2.Prompt>(count).fill(question('?'))));
    expect(await signIn(port)).toMatchObject({ result: 'protocol', asked: [] });
  });

  it('gets no answer to a question of 1 MB', async () => {
    const port = await serve((_, raw) => raw.authInfoReq('', '', [question('?'.repeat(1_000_000))]));
    expect(await signIn(port)).toMatchObject({ result: 'protocol', asked: [] });
  });

  it('is left after so many rounds, with questions or with none', async () => {
    const asking = (prompts: ssh2.Prompt[]) =>
      serve((context) => {
        const again = (): void => context.prompt(prompts, 'title', again);
        again();
      });
    const talker = await signIn(await asking([]));
    expect(talker.result).toBe('protocol');
    expect(talker.told.length).toBeLessThanOrEqual(signInLimits.texts);
    const asker = await signIn(await asking([question('And now? ')]));
    expect(asker.result).toBe('protocol');
    expect(asker.asked.length).toBeLessThanOrEqual(signInLimits.rounds);
  });

  it('is left when it says for ever that this was only a part', async () => {
    const port = await serve((context) => context.reject(['keyboard-interactive'], true));
    expect((await signIn(port)).result).toBe('protocol');
  });

  it('is left when it asks again before it was answered', async () => {
    const port = await serve((_, raw) => {
      raw.authInfoReq('', '', [question('One? ')]);
      raw.authInfoReq('', '', [question('Two? ')]);
    });
    expect(await signIn(port, 'never')).toMatchObject({ result: 'protocol', asked: ['One? '] });
  });

  it('has its question withdrawn when it hangs up', async () => {
    const port = await serve((_, raw, connection) => {
      raw.authInfoReq('', '', [question('One? ')]);
      setTimeout(() => (connection as unknown as { _sock: Socket })._sock.destroy(), 100);
    });
    expect(await signIn(port, 'never')).toMatchObject({ result: 'sign-in-unfinished', withdrawn: ['One? '] });
  });
});

describe('a server that says too much', () => {
  it('is cut off at a banner of 1 MB', async () => {
    const port = await serve((_, raw) => sendBanner(raw, 'x'.repeat(1_000_000)));
    const { result, told } = await signIn(port);
    expect(result).toBe('protocol');
    expect(told).toEqual([]);
  });

  it('is shown in part when it sends 1,000 banners', async () => {
    const port = await serve((context, raw) => {
      for (let i = 0; i < 1_000; i += 1) sendBanner(raw, `${i} ${'x'.repeat(1_000)}`);
      context.accept();
    });
    const { result, told } = await signIn(port);
    expect(result).toBe('signed in');
    expect(told.length).toBeLessThanOrEqual(signInLimits.texts);
    expect(told.join('').length).toBeLessThanOrEqual(signInLimits.characters);
    expect(told[0]).toMatch(/^0 x+$/);
  });

  it('is shown without control characters, overrides and broken bytes', async () => {
    const port = await serve((context, raw) => {
      sendBanner(raw, 'a\u0000b\u001b[2Jc\u202ed\u2066\r\ne\u0085\ufffdf\u0007');
      context.accept();
    });
    const { told } = await signIn(port);
    const [text = ''] = told;
    expect(progressLine({ kind: 'server-message', server: 's', text })?.text).toBe('ab[2Jcd\ne\ufffdf');
  });

  it.each([
    ['a line without an end', () => 'x'.repeat(1_000_000)],
    ['a million lines', () => 'hello\r\n'.repeat(1_000_000)],
    ['NULs', () => '\0'.repeat(100_000)],
  ])('before it names its protocol is refused: %s', async (_, text) => {
    const port = await listen((socket) => socket.write(text()));
    expect((await signIn(port)).result).toBe('protocol');
  });
});
