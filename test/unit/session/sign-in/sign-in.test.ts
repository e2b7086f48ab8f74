import { generateKeyPairSync } from 'node:crypto';
import type { AuthContext, Connection as ServerConnection } from 'ssh2';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { dial } from '../../../../src/servers/dial.js';
import type { HostKeyCheck } from '../../../../src/session/host-keys/host-key-proof.js';
import { hostKeyAlgorithms } from '../../../../src/session/host-keys/known-hosts.js';
import { SessionError } from '../../../../src/session/session-error.js';
import type { PromptHandler } from '../../../../src/session/sign-in/prompt-answers.js';
import { openConnection } from '../../../../src/session/ssh/open-connection.js';
import { Secret } from '../../../../src/shared/secret.js';
import { parseServerAddress } from '../../../../src/shared/server-address.js';
import { senderOf, sendPacket } from '../../support/raw-packet.js';

/**
 * The sign-in against servers that behave as no sshd would on purpose. What a real sshd with PAM does is tested in
 * test/cluster.
 */
const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
const servers: InstanceType<typeof ssh2.Server>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Seen {
  methods: string[];
  users: string[];
}

async function serve(onAuth: (context: AuthContext, connection: ServerConnection) => void, banner?: string) {
  const seen: Seen = { methods: [], users: [] };
  const server = new ssh2.Server({ hostKeys: [hostKey], ...(banner && { banner }) }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context) => {
      seen.methods.push(context.method);
      seen.users.push(context.username);
      onAuth(context, connection);
    });
  });
  servers.push(server);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return { seen, port };
}

const accept = async (): Promise<HostKeyCheck> => ({ accepted: true });

function open(port: number, checkHostKey = accept, timeoutMs = 2_000) {
  const server = parseServerAddress(`127.0.0.1:${port}`, 22);
  if (!server) throw new Error('not an address');
  const signal = new AbortController().signal;
  return openConnection(server, {
    dial: (within) => dial(server.host, server.port, { timeoutMs, signal: within }),
    timeoutMs,
    hostKeyAlgorithms: hostKeyAlgorithms([]),
    checkHostKey,
    signal,
  });
}

/** Answers prompts from a list, and keeps what was told and asked. */
function scripted(answers: string[]) {
  const told: string[] = [];
  const asked: { text: string; echo: boolean }[] = [];
  const promptHandler: PromptHandler = {
    tell: (text) => told.push(text),
    ask: (prompt) => {
      asked.push(prompt);
      const answer = answers.shift();
      return answer === undefined
        ? Promise.reject(new SessionError('cancelled', 'no more answers'))
        : Promise.resolve(new Secret(answer));
    },
  };
  return { told, asked, promptHandler };
}

async function signIn(port: number, answers: string[] = [], password = 'right', timeoutMs = 2_000) {
  const script = scripted(answers);
  const verified = await open(port, accept, timeoutMs);
  const result = await verified
    .signIn('ann', new Secret(password), script.promptHandler, new AbortController().signal)
    .then(
      (connection) => {
        connection.close();
        return { result: 'signed in', serverMessage: undefined };
      },
      (error: unknown) =>
        error instanceof SessionError
          ? { result: error.code, serverMessage: error.serverMessage }
          : { result: String(error), serverMessage: undefined },
    );
  return { ...result, ...script, isEntrusted: verified.isEntrusted };
}

/** Ends the connection with a reason and words (RFC 4253 section 11.1), which ssh2's server cannot. */
function goodbye(connection: ServerConnection, reason: number, words: string): void {
  sendPacket(senderOf(connection), 1, reason, words, '');
  (connection as unknown as { _sock: { end(): void } })._sock.end();
}

const onlyPassword = (context: AuthContext): void => {
  if (context.method === 'password' && context.password === 'right') context.accept();
  else context.reject(['password']);
};

/** keyboard-interactive with these rounds of prompts; accepts if the answers of all rounds are these. */
function keyboard(rounds: { prompts: ssh2.Prompt[]; answers: string[] }[]) {
  return (context: AuthContext): void => {
    if (context.method !== 'keyboard-interactive') {
      context.reject(['keyboard-interactive', 'password']);
      return;
    }
    const next = (index: number): void => {
      const round = rounds[index];
      if (round === undefined) {
        context.accept();
        return;
      }
      context.prompt(round.prompts, 'Title', 'Read this', (answers) => {
        if (JSON.stringify(answers) === JSON.stringify(round.answers)) next(index + 1);
        else context.reject(['keyboard-interactive', 'password']);
      });
    };
    next(0);
  };
}

describe('a connection', () => {
  it('is verified before the server has seen a user name', async () => {
    const { seen, port } = await serve(onlyPassword);
    const verified = await open(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual({ methods: [], users: [] });
    verified.close();
  });

  it('ends without a user name where the host key is refused', async () => {
    const { seen, port } = await serve(onlyPassword);
    const error = new SessionError('host-key-changed', 'another key');
    await expect(open(port, async () => ({ accepted: false, error }))).rejects.toBe(error);
    expect(seen.users).toEqual([]);
  });

  it('says that nobody listens there', async () => {
    const { port } = await serve(onlyPassword);
    const server = servers.pop();
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    await expect(open(port)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('the sign-in', () => {
  it('sends the password where the server takes only that', async () => {
    const { seen, port } = await serve(onlyPassword);
    expect(await signIn(port)).toMatchObject({ result: 'signed in', asked: [] });
    expect(seen.methods).toEqual(['none', 'password']);
    expect(new Set(seen.users)).toEqual(new Set(['ann']));
  });

  it('sends a wrong password once and no more', async () => {
    const { seen, port } = await serve(onlyPassword);
    expect((await signIn(port, [], 'wrong')).result).toBe('wrong-credentials');
    expect(seen.methods).toEqual(['none', 'password']);
  });

  it('does not send a password that keyboard-interactive refused by the other method', async () => {
    const { seen, port } = await serve(
      keyboard([{ prompts: [{ prompt: 'Password: ', echo: false }], answers: ['right'] }]),
    );
    expect((await signIn(port, [], 'wrong')).result).toBe('wrong-credentials');
    expect(seen.methods).toEqual(['none', 'keyboard-interactive']);
  });

  it('answers the first hidden prompt with the password and asks every other', async () => {
    const { port } = await serve(
      keyboard([
        { prompts: [{ prompt: 'Token name: ', echo: true }], answers: ['blue'] },
        {
          prompts: [
            { prompt: 'Password: ', echo: false },
            { prompt: 'Code: ', echo: false },
          ],
          answers: ['right', '123456'],
        },
      ]),
    );
    const { result, asked, told } = await signIn(port, ['blue', '123456']);
    expect(result).toBe('signed in');
    expect(asked).toEqual([
      { text: 'Token name: ', echo: true },
      { text: 'Code: ', echo: false },
    ]);
    expect(told).toEqual(['Title', 'Read this', 'Title', 'Read this']);
  });

  it('tells the words of a request without prompts', async () => {
    const { port } = await serve(keyboard([{ prompts: [], answers: [] }]));
    const { result, told } = await signIn(port);
    expect(result).toBe('signed in');
    expect(told).toEqual(['Title', 'Read this']);
  });

  it('tells the banner', async () => {
    const { port } = await serve(onlyPassword, 'Authorized users only');
    expect((await signIn(port)).told).toEqual(['Authorized users only\r\n']);
  });

  it('goes on to the second factor after the first', async () => {
    let step = 0;
    const { seen, port } = await serve((context) => {
      if (step === 0 && context.method === 'password') {
        step = 1;
        context.reject(['keyboard-interactive'], true);
      } else if (step === 1 && context.method === 'keyboard-interactive') {
        context.prompt([{ prompt: 'Code: ', echo: true }], (answers) => {
          if (answers[0] === '42') context.accept();
          else context.reject();
        });
      } else context.reject(['password']);
    });
    expect(await signIn(port, ['42'])).toMatchObject({ result: 'signed in', asked: [{ text: 'Code: ' }] });
    expect(seen.methods).toEqual(['none', 'password', 'keyboard-interactive']);
  });

  it('changes an expired password where the server asks for that (RFC 4252 section 8)', async () => {
    const { port } = await serve((context) => {
      if (context.method !== 'password') context.reject(['password']);
      else {
        context.requestChange('Your password has expired.', (newPassword: string) => {
          if (context.password === 'right' && newPassword === 'brand new') context.accept();
          else context.reject(['password']);
        });
      }
    });
    const { result, asked, told } = await signIn(port, ['brand new', 'brand mew', 'brand new', 'brand new']);
    const twice = ['New password: ', 'Retype new password: '].map((text) => ({ text, echo: false }));
    expect(asked).toEqual([...twice, ...twice]);
    expect(told).toEqual(['Your password has expired.', expect.stringContaining('not the same')]);
    expect(result).toBe('signed in');
  });

  it('needs no password where the server wants none', async () => {
    const { seen, port } = await serve((context) => context.accept());
    expect((await signIn(port)).result).toBe('signed in');
    expect(seen.methods).toEqual(['none']);
  });

  it('says that a server takes no password', async () => {
    const { port } = await serve((context) => context.reject(['publickey']));
    expect((await signIn(port)).result).toBe('no-method');
  });

  it('takes a goodbye after the password as a refusal, and a vanished server as none', async () => {
    const polite = await serve((context, connection) => {
      if (context.method === 'none') context.reject(['password']);
      else (connection as unknown as { _protocol: { disconnect(reason: number): void } })._protocol.disconnect(14);
    });
    expect((await signIn(polite.port)).result).toBe('wrong-credentials');
    const gone = await serve((context, connection) => {
      if (context.method === 'none') context.reject(['password']);
      else (connection as unknown as { _sock: { destroy(): void } })._sock.destroy();
    });
    expect((await signIn(gone.port)).result).toBe('closed');
  });

  it('waits for a server that is slower than the time for its host key', async () => {
    const { port } = await serve((context) => setTimeout(() => onlyPassword(context), 700));
    expect((await signIn(port, [], 'right', 500)).result).toBe('signed in');
  });

  it('says what else is wanted where a key is wanted besides the password', async () => {
    const { port } = await serve((context) => {
      if (context.method === 'password') context.reject(['publickey'], true);
      else context.reject(['password']);
    });
    expect(await signIn(port)).toMatchObject({ result: 'more-wanted', serverMessage: 'publickey' });
  });

  it('gives the server’s own words at its goodbye, whatever reason it names', async () => {
    for (const reason of [2, 11]) {
      const { port } = await serve((context, connection) => {
        if (context.method === 'none') context.reject(['password']);
        else goodbye(connection, reason, 'Back at 4');
      });
      expect(await signIn(port)).toMatchObject({ result: 'closed', serverMessage: 'Back at 4', isEntrusted: true });
    }
  });

  it('trusts a server with nothing before the password is sent or the user asked', async () => {
    const gone = await serve((_, connection) => goodbye(connection, 2, 'Too many users'));
    expect(await signIn(gone.port)).toMatchObject({
      result: 'closed',
      serverMessage: 'Too many users',
      isEntrusted: false,
    });
  });

  it('ends at a prompt when the user gives up', async () => {
    const { port } = await serve(keyboard([{ prompts: [{ prompt: 'Name: ', echo: true }], answers: ['x'] }]));
    expect((await signIn(port, [])).result).toBe('cancelled');
  });
});
