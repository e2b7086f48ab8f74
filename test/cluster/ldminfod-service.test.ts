import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseServerInfo } from '../../src/protocol/info-service.js';
import { readAsClassicClient } from '../fixtures/ldminfod/classic-reader.js';
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
beforeAll(async () => {
  built = await buildLdminfod();
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-service-'));
});
afterAll(async () => {
  await built.remove();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.signal('SIGKILL');
    await one.done;
  }
});

/** A configuration of its own, so that the machine's is not read. */
async function serve(...args: string[]): Promise<RunningLdminfod> {
  writeFileSync(join(folder, 'empty.conf'), '');
  const one = await startLdminfod(built.program, ['--config', join(folder, 'empty.conf'), ...args]);
  running.push(one);
  return one;
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === '::1'));

describe('ldminfod', () => {
  it('answers our reader and the classic one, and closes', async () => {
    const { port } = await serve('--fixed-rating', '61', '--listen', '127.0.0.1');
    const { text } = await ask('127.0.0.1', port);
    expect(parseServerInfo(text)).toMatchObject({ draining: false, sshDown: true, rating: 0 });
    expect(readAsClassicClient(Buffer.from(text)).languages.length).toBeGreaterThan(0);
  });

  requireOrSkip(hasIpv6 ? undefined : 'needs IPv6 on loopback', 'on a machine with IPv6', () => {
    it('answers on IPv4 and IPv6 without being told to', async () => {
      const { port } = await serve();
      const [four, six] = await Promise.all([ask('127.0.0.1', port), ask('::1', port)]);
      expect(parseServerInfo(four.text)).toBeDefined();
      expect(parseServerInfo(six.text)).toBeDefined();
    });
  });

  it('says why when its port is taken, and ends with code 71', async () => {
    const { port } = await serve('--listen', '127.0.0.1');
    const second = await run([built.program, '--port', String(port), '--listen', '127.0.0.1']);
    expect(second).toMatchObject({ code: 71, stderr: expect.stringContaining('EADDRINUSE') });
  });

  it('ends with code 78, file and line if the configuration is invalid', async () => {
    const config = join(folder, 'bad.conf');
    writeFileSync(config, '# port\nport = ssh\n');
    const ended = await run([built.program, '--config', config]);
    expect(ended.code).toBe(78);
    expect(ended.stderr).toContain(`${config}:2: port: invalid value "ssh"`);
    expect((await run([built.program, '--config', join(folder, 'none.conf')])).code).toBe(78);
    expect((await run([built.program, '--capacity', 'many'])).code).toBe(64);
  });

  it('answers once on standard output under inetd, and ends', async () => {
    const ended = await run([built.program, '--inetd', '--fixed-rating', '3']);
    expect(ended.code).toBe(0);
    expect(parseServerInfo(ended.stdout)).toBeDefined();
    expect(ended.stdout).not.toContain('language:\n');
  });

  it('ends at once on SIGTERM, with clients that do not read still connected', async () => {
    const one = await serve('--listen', '127.0.0.1');
    const silent = await hold(one.port, 3);
    const began = performance.now();
    one.signal('SIGTERM');
    expect((await one.done).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const socket of silent) socket.destroy();
    await expect(ask('127.0.0.1', one.port)).rejects.toThrow('ECONNREFUSED');
  });

  it('reads languages and sessions again on SIGHUP, answering meanwhile', async () => {
    const whitelist = join(folder, 'whitelist');
    rmSync(whitelist, { force: true });
    const one = await serve('--listen', '127.0.0.1', '--locale-whitelist', whitelist);
    expect(parseServerInfo((await ask('127.0.0.1', one.port)).text)?.languages).toContain('C.UTF-8');
    writeFileSync(whitelist, 'xx_XX.UTF-8\n');
    one.signal('SIGHUP');
    await until('reloaded', () => one.stderr().includes('configuration-reloaded'));
    expect(parseServerInfo((await ask('127.0.0.1', one.port)).text)?.languages).toEqual([]);
  });

  requireOrSkip(
    existsSync('/usr/bin/systemd-socket-activate') ? undefined : 'needs systemd-socket-activate',
    'under systemd',
    () => {
      it('takes over the socket that systemd listens on, and the client that woke it', async () => {
        const port = String(20_000 + (process.pid % 10_000));
        const activator = start(['systemd-socket-activate', '-l', `127.0.0.1:${port}`, built.program]);
        try {
          await until('systemd listens', () => activator.stderr().includes('Listening'));
          expect(parseServerInfo((await ask('127.0.0.1', Number(port))).text)).toBeDefined();
          expect(parseServerInfo((await ask('127.0.0.1', Number(port))).text)).toBeDefined();
        } finally {
          activator.signal('SIGTERM');
        }
        expect((await activator.done).code).toBe(0);
      });
    },
  );
});

describe('drain', () => {
  it('lets the very next client know, and undrain too', async () => {
    const file = join(folder, 'drain', 'here');
    rmSync(file, { force: true });
    const { port } = await serve('--listen', '127.0.0.1', '--drain-file', file);
    const command = (...args: string[]) => run([built.program, ...args, '--drain-file', file]);
    const draining = async () => parseServerInfo((await ask('127.0.0.1', port)).text)?.draining;
    expect(await draining()).toBe(false);
    expect((await command('drain', '--reason', 'new disk')).code).toBe(0);
    expect(parseServerInfo((await ask('127.0.0.1', port)).text)).toMatchObject({ draining: true, notice: 'new disk' });
    const status = await command('status', '--port', String(port), '--listen', '127.0.0.1');
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^state: draining \(since \d{4}-\S+: new disk\)\nrating: 0\n/);
    expect((await command('undrain')).stdout).toBe('takes logins again\n');
    expect(await draining()).toBe(false);
    expect((await command('undrain')).stdout).toBe('was not draining\n');
  });

  it('lasts over a restart of ldminfod', async () => {
    const file = join(folder, 'draining');
    await run([built.program, 'drain', '--drain-file', file]);
    const { port } = await serve('--listen', '127.0.0.1', '--drain-file', file);
    expect(parseServerInfo((await ask('127.0.0.1', port)).text)).toMatchObject({ draining: true, rating: 0 });
  });

  it('says so when its file cannot be written', async () => {
    const ended = await run([built.program, 'drain', '--drain-file', '/proc/nowhere/draining']);
    expect(ended).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('/proc/nowhere/draining: cannot be written'),
    });
  });

  it('has a status that says when nothing answers', async () => {
    const ended = await run([built.program, 'status', '--listen', '127.0.0.1', '--port', '1']);
    expect(ended).toMatchObject({ code: 69, stderr: expect.stringContaining('no answer on port 1') });
  });
});
