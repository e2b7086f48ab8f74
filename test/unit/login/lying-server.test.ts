import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoginDependencies, logIn as logInWith } from '../../../src/login/login.js';
import type { LoginOutcome } from '../../../src/login/outcome.js';
import { Secret } from '../../../src/shared/secret.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';
import { type Liar, type LyingServer, type LyingServerOptions, startLyingServer } from '../support/lying-server.js';

/** The program itself, in a process of its own: a lie must neither stop it, nor fill its memory, nor end it unseen. */
let folder: string;
let server: LyingServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-lies-'));
});
afterEach(() => {
  server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
  /** Most memory that it had, in MB. */
  readonly memory: number;
}

/** Logs in to the lying server. @param asked when SIGTERM ends the login: a moment after the command was asked for */
async function logIn(
  options: LyingServerOptions,
  settings: Readonly<Record<string, string>> = {},
  asked?: 'interrupted',
): Promise<Outcome> {
  const interrupt = (): void => void setTimeout(() => child.kill('SIGTERM'), 300);
  server = await startLyingServer({ ...options, ...(asked && { asksCommand: interrupt }) });
  const known = join(folder, 'known_hosts');
  writeFileSync(known, server.knownHost);
  const password = join(folder, 'password');
  writeFileSync(password, 'secret\n');
  const config = join(folder, 'lts.conf');
  writeFileSync(config, '[default]\n');
  const words = ['login', '--config', config, '--user', 'anna', '--password-file', password, '--no-x11', '--', 'true'];
  const child = spawn('bin/ldm', words, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'C.UTF-8',
      LDM_SERVER: `127.0.0.1:${server.port}`,
      LDM_KNOWN_HOSTS: known,
      LDM_STATE_DIR: folder,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  let memory = 0;
  const look = setInterval(() => {
    try {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      memory = Math.max(memory, Number(peak ?? 0) / 1_024);
    } catch {
      // It has ended.
    }
  }, 20);
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(look);
  clearTimeout(tooLong);
  return { code, stderr, memory };
}

const logInUnattended = (dependencies: LoginDependencies, startWithinMs: number): Promise<LoginOutcome> =>
  logInWith(
    {
      user: 'guest',
      password: new Secret('guest'),
      choice: { mode: 'automatic' },
      command: { line: 'true', input: undefined },
      startWithinMs,
    },
    dependencies,
    { tell: () => {}, ask: async () => new Secret(''), mayGoOn: async () => false },
    new AbortController().signal,
  );

/** Sends again and again, as fast as the client reads, until the connection is gone. */
function flood(socket: { destroyed: boolean; writableLength: number }, send: () => void): void {
  const again = (): void => {
    for (let i = 0; i < 200 && !socket.destroyed && socket.writableLength < 4_000_000; i += 1) send();
    if (!socket.destroyed) setTimeout(again, 1);
  };
  again();
}

function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** SSH_MSG_GLOBAL_REQUEST that wants no reply (RFC 4254 section 4). */
function globalRequest(name: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([80]), sshString(Buffer.from(name)), Buffer.from([0]), data]);
}

const brokenOff = { code: 74, stderr: expect.stringContaining('was lost') };

describe('a server that breaks the protocol after the sign-in', () => {
  it('loses the connection when it takes packets of 0 bytes', async () => {
    const outcome = await logIn({ packetSize: 0 });
    expect(outcome.code).toBe(69);
    expect(outcome.stderr).not.toContain('internal');
  });

  it('loses the connection when it takes packets of one byte', async () => {
    expect((await logIn({ packetSize: 1 })).code).toBe(69);
  });

  it('loses the connection when it sends error text after the end of its output', async () => {
    const outcome = await logIn({
      lie(liar) {
        liar.endOfFile();
        liar.errorText(Buffer.from('late'));
      },
    });
    expect(outcome).toMatchObject(brokenOff);
  });

  it('loses the connection when it sends output after the end of its output, too', async () => {
    const outcome = await logIn({
      lie(liar) {
        liar.endOfFile();
        liar.data(Buffer.from('late'));
      },
    });
    expect(outcome).toMatchObject(brokenOff);
  });

  it('loses the connection when it sends more than the window allows, and fills no memory', async () => {
    const chunk = Buffer.alloc(32_768, 'x');
    // At once: a client that reads along makes room again.
    const outcome = await logIn({
      lie(liar) {
        for (let i = 0; i < 2_000; i += 1) liar.errorText(chunk);
      },
    });
    expect(outcome).toMatchObject(brokenOff);
    expect(outcome.memory).toBeLessThan(150);
  });

  it('loses the connection when it sends a packet that is larger than the client takes', async () => {
    expect(await logIn({ lie: (liar) => liar.data(Buffer.alloc(32_769)) })).toMatchObject(brokenOff);
  });

  it('loses the connection when it lets the window grow without bounds', async () => {
    const outcome = await logIn({
      lie(liar) {
        liar.growWindow(2 ** 32 - 1);
      },
    });
    expect(outcome).toMatchObject(brokenOff);
  });

  it('costs nothing when it tells its host keys 12,000 times', async () => {
    let told = 0;
    const asked: string[] = [];
    const outcome = await logIn({
      asked: (name) => asked.push(name),
      lie(liar) {
        const lists = globalRequest('hostkeys-00@openssh.com', sshString(liar.hostKey));
        flood(liar.socket, () => {
          if (told < 12_000) liar.packet(lists);
          else if (told === 12_000) {
            liar.exit(0);
          }
          told += 1;
        });
      },
    });
    expect(told).toBeGreaterThan(12_000);
    expect(outcome.code).toBe(0);
    expect(asked).not.toContain('hostkeys-prove-00@openssh.com');
    expect(outcome.memory).toBeLessThan(150);
  });
});

describe('a server that never starts the command', () => {
  it('is left for the next one where nobody is there to press Cancel', async () => {
    server = await startLyingServer({ isSilent: true });
    const dependencies = loginDependenciesFor({ LDM_SERVER: `127.0.0.1:${server.port}` }, [server.knownHost.trim()]);
    const outcome = await logInUnattended(dependencies, 300);
    expect(outcome).toMatchObject({ kind: 'none-left', failures: [{ code: 'timeout' }] });
  });
});

describe('SIGTERM', () => {
  it.each([
    ['while the server never starts the command', { isSilent: true }],
    [
      'while the server floods the client with requests',
      { lie: (liar: Liar) => flood(liar.socket, () => liar.packet(globalRequest('x', Buffer.alloc(30_000)))) },
    ],
  ] as const)('ends the login %s', async (_, options) => {
    const { code, memory } = await logIn(options, {}, 'interrupted');
    // Cancelled; or the session that had begun was ended.
    expect([74, 130]).toContain(code);
    expect(memory).toBeLessThan(150);
  });
});

describe('a connection with compression', () => {
  it('ends with a message when it is cut, and not by an exception', async () => {
    const outcome = await logIn(
      {
        algorithms: { compress: ['zlib@openssh.com', 'none'] },
        lie: (liar) => setTimeout(() => liar.socket.destroy(), 200),
      },
      { LDM_SSHOPTIONS: '-C' },
    );
    expect(outcome).toMatchObject(brokenOff);
    expect(outcome.stderr).not.toContain('zlib');
  });
});
