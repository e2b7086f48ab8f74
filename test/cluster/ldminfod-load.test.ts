import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseServerInfo } from '../../src/protocol/info-service.js';
import {
  ask,
  type BuiltLdminfod,
  buildLdminfod,
  hold,
  type RunningLdminfod,
  startLdminfod,
} from '../support/ldminfod-build.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run, start, until } from './support/run.js';

let built: BuiltLdminfod;
let folder = '';
const running: RunningLdminfod[] = [];
const held: Socket[] = [];
beforeAll(async () => {
  built = await buildLdminfod();
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-load-'));
  writeFileSync(join(folder, 'empty.conf'), '');
});
afterAll(async () => {
  await built.remove();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const socket of held.splice(0)) socket.destroy();
  for (const one of running.splice(0)) {
    one.signal('SIGKILL');
    await one.done;
  }
});

async function serve(...args: string[]): Promise<RunningLdminfod> {
  const one = await startLdminfod(built.program, [
    ...['--config', join(folder, 'empty.conf'), '--listen', '127.0.0.1'],
    ...args,
  ]);
  running.push(one);
  return one;
}

const isAnswer = (text: string): boolean => parseServerInfo(text)?.rating !== undefined && text.endsWith('\n');

/** Everything that it has open: connections, and for moments the files and pipes of what it looks at. */
function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Connections to a port that a process of this machine holds, whether the other end is still there or not. */
function connectionsTo(port: number): number {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, near, , state, , , , , , inode]) => {
      // proc(5): state 0A listens; without an inode it is the kernel's, not taken yet or closed already.
      return near?.endsWith(`:${local}`) && state !== '0A' && inode !== '0';
    }).length;
}

function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Sockets that one process may have, less some for everything else. */
const spareDescriptors = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]) - 200;

describe('under load, ldminfod', () => {
  it('answers 1,400 clients at once', async () => {
    const { port } = await serve();
    await Promise.all(Array.from({ length: 50 }, () => ask('127.0.0.1', port)));
    // Other work of the machine may spoil a round's time; in none may a client go without its answer.
    const slowest: number[] = [];
    for (let round = 0; round < 5 && !slowest.some((ms) => ms < 1_000); round += 1) {
      const replies = await Promise.all(Array.from({ length: 1_400 }, () => ask('127.0.0.1', port)));
      expect(replies.filter(({ text }) => isAnswer(text)).length).toBe(1_400);
      slowest.push(Math.max(...replies.map(({ ms }) => ms)));
    }
    // The second is the benchmark's, on a machine that does nothing else.
    expect(Math.min(...slowest)).toBeLessThan(3_000);
  });

  it('keeps 1,400 clients waiting for one run of the rating program, not 1,400 runs', async () => {
    const runs = join(folder, 'runs');
    rmSync(runs, { force: true });
    const { port } = await serve(
      '--rating-command',
      `echo x >>${runs}; sleep 0.3; echo 33`,
      '--max-per-address',
      '2000',
    );
    const began = performance.now();
    const replies = await Promise.all(Array.from({ length: 1_400 }, () => ask('127.0.0.1', port)));
    expect(replies.filter(({ text }) => isAnswer(text)).length).toBe(1_400);
    // A measurement holds for a second, and a busy machine needs several for so many clients.
    const seconds = (performance.now() - began) / 1_000;
    expect(readFileSync(runs, 'utf8').length / 2).toBeLessThanOrEqual(2 + seconds);
  });

  it('answers with its own rating when the rating program hangs, within its time', async () => {
    const one = await serve('--rating-command', 'sleep 60', '--rating-timeout', '0.2');
    const reply = await ask('127.0.0.1', one.port);
    expect(isAnswer(reply.text)).toBe(true);
    expect(reply.ms).toBeLessThan(2_000);
    expect(one.stderr()).toContain('warn rating-command-failed reason="no end within 0.2 s"');
  });

  requireOrSkip(
    spareDescriptors >= 10_000 ? undefined : 'needs 10,200 open files (ulimit -n)',
    'with room for 10,000 sockets',
    () => {
      it('survives 10,000 connections that never read, and answers others meanwhile', async () => {
        const one = await serve('--max-connections', '500', '--max-per-address', '300', '--client-timeout', '60');
        for (let batch = 0; batch < 20; batch += 1) {
          held.push(...(await hold(one.port, 500)));
          expect(isAnswer((await ask('127.0.0.1', one.port)).text)).toBe(true);
        }
        expect(held.length).toBe(10_000);
        expect(descriptorsOf(one.pid)).toBeLessThan(350);
        expect(residentMebibytes(one.pid)).toBeLessThan(200);
      });
    },
  );

  it('lets go of a connection that never reads when its time is over', async () => {
    // Long enough for a busy machine to see all of them there before the first is over.
    const one = await serve('--client-timeout', '3');
    const began = performance.now();
    held.push(...(await hold(one.port, 50)));
    await until('it has the connections', () => connectionsTo(one.port) === 50, 3_000);
    const all = performance.now();
    await until('it lets go', () => connectionsTo(one.port) === 0);
    const end = performance.now();
    expect(end - began).toBeGreaterThan(2_900);
    // Without the option it would be 5 s.
    expect(end - all).toBeLessThan(4_800);
    expect(held.filter((socket) => socket.destroyed)).toEqual([]);
  });

  it('counts each address for itself: one that holds all it may does not keep another out', async () => {
    const one = await serve('--rating-command', 'sleep 1; echo 9', '--rating-timeout', '3', '--max-per-address', '20');
    held.push(...(await hold(one.port, 100)));
    const reply = await askFrom('127.0.0.77', one.port);
    expect(isAnswer(reply)).toBe(true);
    expect(one.stderr()).toContain('warn too-many-connections address=127.0.0.1 ');
  });

  it('answers clients that talk, in whole, and cuts off those that do not stop', async () => {
    const one = await serve();
    expect(isAnswer((await ask('127.0.0.1', one.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).text)).toBe(true);
    expect(isAnswer((await ask('127.0.0.1', one.port, randomBytes(4_096))).text)).toBe(true);
    const flood = (await hold(one.port, 1))[0];
    held.push(...(flood === undefined ? [] : [flood]));
    await until('the flood is cut off', () => {
      flood?.write(randomBytes(65_536));
      return flood?.destroyed === true;
    });
    await until('its socket is free', () => connectionsTo(one.port) === 0);
    expect(isAnswer((await ask('127.0.0.1', one.port)).text)).toBe(true);
  });

  it('answers clients that close their side at once, as netcat does', async () => {
    const one = await serve('--rating-command', 'sleep 0.2; echo 9');
    const text = await new Promise<string>((resolve, reject) => {
      let all = '';
      const socket = connect({ host: '127.0.0.1', port: one.port }, () => socket.end());
      socket.setEncoding('utf8').on('data', (part: string) => {
        all += part;
      });
      socket.on('close', () => resolve(all)).on('error', reject);
    });
    expect(isAnswer(text)).toBe(true);
  });

  it('survives clients that reset the connection at once', async () => {
    const one = await serve();
    for (let round = 0; round < 5; round += 1) {
      for (const socket of await hold(one.port, 100)) socket.resetAndDestroy();
    }
    expect(isAnswer((await ask('127.0.0.1', one.port)).text)).toBe(true);
  });

  it('goes on when its log is on a full disk', async () => {
    const port = 30_000 + (process.pid % 2_000);
    const script = `exec ${built.program} --listen 127.0.0.1 --port ${port} --rating-command 'exit 3' 2>/dev/full`;
    const one = start(['sh', '-c', script]);
    try {
      let text = '';
      await until('it answers', async () => {
        text = await ask('127.0.0.1', port).then(
          (reply) => reply.text,
          () => '',
        );
        return isAnswer(text);
      });
      expect(isAnswer((await ask('127.0.0.1', port)).text)).toBe(true);
    } finally {
      one.signal('SIGTERM');
    }
    expect((await one.done).code).toBe(0);
  });

  requireOrSkip(process.getuid?.() === 0 ? undefined : 'needs root, for a mount namespace', 'with a full disk', () => {
    it('drains though not a byte can be written', async () => {
      const program = built.program;
      const script = `
        mount -t tmpfs -o size=4k tmpfs ${folder}
        echo full >${folder}/filler; head -c 4096 /dev/zero >>${folder}/filler || true
        ${program} drain --drain-file ${folder}/draining && ls -s ${folder}/draining`;
      const ended = await run(['unshare', '-m', 'sh', '-c', script]);
      expect(ended).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/takes no new logins.*\n0 \S+draining\n$/),
      });
    });
  });
});

/** As {@link ask}, from another of the machine's own addresses. */
function askFrom(localAddress: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    socket.setEncoding('utf8').on('data', (part: string) => {
      all += part;
    });
    socket.on('end', () => socket.destroy()).on('close', () => resolve(all));
    socket.on('error', reject);
  });
}
