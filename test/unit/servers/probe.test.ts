import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProbeOptions, type ProbeResult, probe } from '../../../src/servers/probe.js';
import { type SshMemory, sshMemoryFile } from '../../../src/servers/ssh-memory.js';
import { createLog } from '../../../src/shared/log/log.js';
import { parseServerAddress, type ServerAddress } from '../../../src/shared/server-address.js';
import { useGivenClock } from '../support/given-clock.js';

/** Real services on loopback. Each test has an address of its own, so that ports stay free. */
const services: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of services.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  services.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function closedPort(): Promise<number> {
  const port = await listen(() => {});
  const last = services.pop();
  await new Promise((resolve) => last?.server.close(resolve));
  return port;
}

function at(port: number, host = '127.0.0.1'): ServerAddress {
  const server = parseServerAddress(`${host}:${port}`, 22);
  if (!server) throw new Error('not an address');
  return server;
}

const ask = (ssh: number, infoPort: number, timeoutMs = 1_000) => probe(at(ssh), { infoPort, timeoutMs });
const sshd = () => listen((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));

/** A memory of ssh ports that notes what it is told. */
function notes(known?: string) {
  const told: string[] = [];
  const memory: SshMemory = {
    answered: (_, withinMs) => {
      told.push(`within ${withinMs}`);
      return known;
    },
    sawAnswer: (_, address) => void told.push(`saw ${address}`),
    forget: () => void told.push('forget'),
  };
  return { told, memory };
}

describe('the time that one server has', () => {
  const { pass, settle } = useGivenClock();

  /** A question to an info service that is silent until it is told what to say, and a counted ssh port. */
  async function question(ssh: 'answers' | 'refuses' | 'is mute', options: Partial<ProbeOptions> = {}) {
    let info: Socket | undefined;
    let looks = 0;
    const infoPort = await listen((socket) => {
      info = socket;
    });
    const sshPort = await (ssh === 'refuses'
      ? closedPort()
      : listen((socket) => {
          looks += 1;
          if (ssh === 'answers') socket.write('SSH-2.0-OpenSSH_10.0\r\n');
        }));
    const early: ProbeResult[] = [];
    const asked = {
      early,
      looks: () => looks,
      result: undefined as ProbeResult | undefined,
      say: (text: string) => void info?.end(text),
      replied: async () => {
        await settle(() => asked.result !== undefined);
        return asked.result;
      },
    };
    const onEarly = (result: ProbeResult) => void early.push(result);
    void probe(at(sshPort), { infoPort, timeoutMs: 5_000, onEarly, ...options }).then((result) => {
      asked.result = result;
    });
    await settle(() => info !== undefined);
    return asked;
  }
  const sshOnly: ProbeResult = { kind: 'ssh-only', address: '127.0.0.1' };

  it('is 80 ms for its info service; then its ssh port is looked at, and told early', async () => {
    const { told, memory } = notes();
    const asked = await question('answers', { memory });
    await pass(79);
    expect([asked.looks(), asked.early]).toEqual([0, []]);
    await pass(1);
    expect([asked.looks(), asked.early]).toEqual([1, [sshOnly]]);
    asked.say('rating:7\n');
    expect(await asked.replied()).toMatchObject({ kind: 'info', info: { rating: 7 } });
    expect(told).toEqual(['within 10000', 'saw 127.0.0.1']);
  });

  it('is none where its ssh port is known to answer: that is told at once, without a look', async () => {
    const { told, memory } = notes('10.9.9.9');
    const asked = await question('answers', { memory, care: 'quick' });
    await pass(0);
    expect(asked.early).toEqual([{ kind: 'ssh-only', address: '10.9.9.9' }]);
    asked.say('');
    expect(await asked.replied()).toEqual({ kind: 'ssh-only', address: '10.9.9.9' });
    expect([asked.looks(), told]).toEqual([0, ['within 86400000']]);
  });

  it('is not spent on telling early that its ssh port refuses, which the end tells', async () => {
    const { told, memory } = notes();
    const asked = await question('refuses', { memory });
    await pass(80);
    expect(asked.early).toEqual([]);
    await pass(4_920);
    expect(await asked.replied()).toEqual({ kind: 'down', reason: 'refused', address: '127.0.0.1' });
    expect(told).toEqual(['within 10000', 'forget']);
  });

  it('does not end in the word of a silent info service that ends, where the ssh port has refused', async () => {
    const asked = await question('refuses', { care: 'quick' });
    await pass(80);
    asked.say('');
    expect(await asked.replied()).toMatchObject({ kind: 'down', reason: 'refused' });
  });

  it('lets a look at the ssh port that is not over when the info service answers mean nothing', async () => {
    const { told, memory } = notes();
    const asked = await question('is mute', { memory });
    await pass(80);
    asked.say('rating:7\n');
    expect(await asked.replied()).toMatchObject({ kind: 'info' });
    await settle();
    expect([asked.early, told]).toEqual([[], ['within 10000']]);
  });

  it('ends with a timeout where both ports are mute', async () => {
    const asked = await question('is mute', { timeoutMs: 500 });
    await pass(80);
    await pass(419);
    expect(asked.result).toBeUndefined();
    await pass(1);
    expect(await asked.replied()).toEqual({ kind: 'down', reason: 'timeout', address: '127.0.0.1' });
  });

  it('ends when nobody waits any more', async () => {
    const caller = new AbortController();
    const asked = await question('answers', { signal: caller.signal });
    caller.abort();
    expect(await asked.replied()).toMatchObject({ kind: 'down' });
    await pass(5_000);
    expect([asked.looks(), asked.early]).toEqual([0, []]);
  });
});

describe('what is remembered of an ssh port', () => {
  const remembered = async (words: string): Promise<string[]> => {
    const { told, memory } = notes();
    const ssh = await listen((socket) => socket.end(words));
    await probe(at(ssh), { infoPort: await closedPort(), timeoutMs: 10_000, memory });
    return told;
  };

  it.each([
    ['answers', 'SSH-2.0-OpenSSH_10.0\r\n', ['saw 127.0.0.1']],
    ['says something else', 'Go away\r\n', ['forget']],
    ['turns this client away', 'Not allowed at this time\r\n', []],
    ['is busy', 'Exceeded MaxStartups\r\n', []],
  ])('where it %s', async (_, words, told) => {
    expect(await remembered(words)).toEqual(['within 10000', ...told]);
  });

  it('is not needed for a login where the info service says nothing', async () => {
    const { told, memory } = notes();
    const info = await listen((socket) => socket.end());
    const question = { infoPort: info, timeoutMs: 10_000, memory, care: 'quick' } as const;
    expect(await probe(at(await closedPort()), question)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
    expect(told).toEqual(['within 86400000']);
  });
});

describe('asking one server', () => {
  it('reads what its info service sends, without sending anything', async () => {
    let heard = 0;
    const info = await listen((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.length;
      });
      socket.end('rating:73\nsessions:4\n');
    });
    const result = await ask(await closedPort(), info);
    expect(result).toMatchObject({ kind: 'info', address: '127.0.0.1', info: { rating: 73, running: 4 } });
    expect(heard).toBe(0);
  });

  it('looks at the ssh port where no info service is', async () => {
    expect(await ask(await sshd(), await closedPort())).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('looks at the ssh port where an info service says nothing, as inetd does past its limit', async () => {
    const info = await listen((socket) => socket.end());
    expect(await ask(await sshd(), info)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('looks at the ssh port where something else answers', async () => {
    const info = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await ask(await sshd(), info)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('never touches the ssh port of a server whose info service answers', async () => {
    let touched = 0;
    const ssh = await listen(() => {
      touched += 1;
    });
    await ask(ssh, await listen((socket) => socket.end('rating:1\n')));
    expect(touched).toBe(0);
  });

  it('says that both ports refuse', async () => {
    expect(await ask(await closedPort(), await closedPort())).toMatchObject({ kind: 'down', reason: 'refused' });
  });

  it('says that the ssh port accepts connections and sends nothing', async () => {
    const mute = await listen(() => {});
    expect(await ask(mute, await closedPort(), 200)).toMatchObject({ kind: 'down', reason: 'ssh-silent' });
    const rude = await listen((socket) => socket.end('go away\n'));
    expect(await ask(rude, await closedPort(), 1_000)).toMatchObject({ kind: 'down', reason: 'ssh-silent' });
  });

  it('looks at the ssh port beside an info service that is silent, and says early what it told', async () => {
    const early: ProbeResult[] = [];
    const info = await listen(() => {});
    const question = { infoPort: info, timeoutMs: 1_000, onEarly: (result: ProbeResult) => early.push(result) };
    const asked = probe(at(await sshd()), question);
    await expect.poll(() => early).toEqual([{ kind: 'ssh-only', address: '127.0.0.1' }]);
    expect(await asked).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('believes an info service that answers late more than the ssh port', async () => {
    const early: ProbeResult[] = [];
    const info = await listen((socket) => setTimeout(() => socket.end('rating:7\n'), 600));
    const question = { infoPort: info, timeoutMs: 5_000, onEarly: (result: ProbeResult) => early.push(result) };
    expect(await probe(at(await sshd()), question)).toMatchObject({ kind: 'info', info: { rating: 7 } });
    expect(early).toEqual([{ kind: 'ssh-only', address: '127.0.0.1' }]);
  });

  it('does not wait for an answer that drips', async () => {
    const info = await listen((socket) => {
      const timer = setInterval(() => socket.write('r'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await ask(await sshd(), info, 200)).toMatchObject({ kind: 'ssh-only' });
  });

  it.each([
    ['turned-away', 'Not allowed at this time\r\n'],
    ['busy', 'Exceeded MaxStartups\r\n'],
    ['ssh-silent', 'Go away\r\n'],
  ])('says why sshd turns it away: %s', async (reason, words) => {
    const ssh = await listen((socket) => socket.end(words));
    expect(await ask(ssh, await closedPort())).toEqual({ kind: 'down', reason, address: '127.0.0.1' });
  });

  describe('for a login, where sshd counts who connects and leaves', () => {
    async function countedSshd() {
      let looks = 0;
      const port = await listen((socket) => {
        looks += 1;
        socket.write('SSH-2.0-OpenSSH_10.0\r\n');
      });
      return { port, looks: () => looks };
    }

    it('takes the word of a machine that refuses the info port, and does not touch the ssh port', async () => {
      const { port, looks } = await countedSshd();
      const question = { infoPort: await closedPort(), timeoutMs: 1_000, care: 'quick' } as const;
      expect(await probe(at(port), question)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
      expect(looks()).toBe(0);
    });

    it('looks once at the ssh port behind a silent info service, and remembers, over restarts too', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ldm-ssh-memory-'));
      try {
        const { port, looks } = await countedSshd();
        const infoPort = await listen(() => {});
        const remembering = (now = Date.now()) => ({
          infoPort,
          timeoutMs: 300,
          care: 'quick' as const,
          memory: sshMemoryFile(
            folder,
            createLog(0, () => {}),
            () => now,
          ),
        });
        for (let login = 0; login < 3; login += 1) {
          expect(await probe(at(port), remembering())).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
        }
        expect(looks()).toBe(1);
        // A day later, or with a clock that was set back by more than one, it is old.
        for (const days of [2, -2]) await probe(at(port), remembering(Date.now() + days * 86_400_000));
        expect(looks()).toBe(3);
        // People who look see what is so, but a program that looks all day is not counted each time.
        const anHourLater = Date.now() + 3_600_000;
        for (const ms of [0, 9_000, 11_000, 12_000, 22_000]) {
          await probe(at(port), { ...remembering(anHourLater + ms), care: 'thorough' });
        }
        expect(looks()).toBe(6);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('forgets an ssh port that answers no more', async () => {
      const forgotten: ServerAddress[] = [];
      const forget = (server: ServerAddress) => void forgotten.push(server);
      const memory = { answered: () => undefined, sawAnswer: () => {}, forget };
      const server = at(await closedPort());
      await probe(server, { infoPort: await closedPort(), timeoutMs: 1_000, memory });
      expect(forgotten).toEqual([server]);
    });
  });

  it('takes 64 KiB of an endless answer and no more', async () => {
    let sent = 0;
    const info = await listen((socket) => {
      socket.write('rating:50\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write('language:xx_XX.UTF-8\n'.repeat(1_000))) sent += 21_000;
      };
      socket.on('drain', more);
      more();
    });
    const result = await ask(await closedPort(), info);
    expect(result).toMatchObject({ kind: 'info', info: { rating: 50 } });
    expect(result.kind === 'info' && result.info.languages.every((one) => one === 'xx_XX.UTF-8')).toBe(true);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('believes an info service that says its sshd is down', async () => {
    const info = await listen((socket) => socket.end('rating:90\nssh:down\n'));
    expect(await ask(await sshd(), info)).toMatchObject({ kind: 'down', reason: 'ssh-down' });
  });

  it('says that a name has no address, which tells nothing of its ssh port', async () => {
    const { told, memory } = notes();
    const result = await probe(at(22, 'no-such-host.invalid'), { infoPort: 1, timeoutMs: 5_000, memory });
    expect(result).toEqual({ kind: 'down', reason: 'unresolvable', address: null });
    expect(told).toEqual(['within 10000']);
  });

  it('finds a server by its name through the system resolver', async () => {
    const port = await listen((socket) => socket.end('rating:5\n'));
    const result = await probe(at(port, 'localhost'), { infoPort: port, timeoutMs: 5_000 });
    expect(result).toMatchObject({ kind: 'info', info: { rating: 5 } });
  });
});
