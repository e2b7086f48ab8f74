import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portOf } from '../../../src/demo/cluster/info-service.js';
import { sessionOptionsFrom } from '../../../src/greeter/session-options/session-options.js';
import { parseServerInfo, wireLimits } from '../../../src/protocol/info-service.js';
import { probe } from '../../../src/servers/probe.js';
import { cleanLine, cleanText } from '../../../src/shared/plain-text.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';

/** Texts that make a careless expression or loop go over them again and again. */
const nasty: Readonly<Record<string, (length: number) => string>> = {
  'letters and a line end': (length) => `${'x'.repeat(length - 1)}\n`,
  'spaces and a letter': (length) => `${' '.repeat(length - 1)}x`,
  'line ends': (length) => '\n'.repeat(length),
  'carriage returns': (length) => '\r'.repeat(length),
  'colons behind a key': (length) => `session-with-name:${':'.repeat(length)}`,
  'sessions of one name': (length) => 'session-with-name:a:b\n'.repeat(length / 22),
  'sessions of many names': (length) =>
    Array.from({ length: length / 32 }, (_, i) => `session-with-name:${i}:${i}\n`).join(''),
  'joined emoji': (length) => '👩‍👩‍👧'.repeat(length / 8),
};

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'an answer of an info service': (text) => {
    const info = parseServerInfo(text);
    return info && sessionOptionsFrom([info]);
  },
  'text to be shown': cleanText,
  'a line to be shown': cleanLine,
};

/** ms of processor time of the quickest of three runs of it. */
function cost(work: () => unknown): number {
  const once = (): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < 3; i += 1) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  return Math.min(once(), once(), once());
}

describe('untrusted text', () => {
  for (const [reader, read] of Object.entries(readers)) {
    for (const [name, make] of Object.entries(nasty)) {
      it(`costs ${reader} no more than its length: ${name}`, () => {
        const [short, long] = [make(wireLimits.bytes / 8), make(wireLimits.bytes)];
        // Eight times the length is eight times the time, and 64 times where it is quadratic. 150 ms: noise of a busy machine.
        expect(cost(() => read(long))).toBeLessThan(Math.max(150, 30 * cost(() => read(short))));
      });
    }
  }

  it('keeps no other server waiting: an answer as long as a client reads, of one line', async () => {
    const answer = `${'x'.repeat(wireLimits.bytes - 1)}\n`;
    const server = createServer((socket) => socket.on('error', () => {}).end(answer)).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const address = parseServerAddress('127.0.0.1:1', 22);
      if (address === undefined) throw new Error('no address');
      const before = process.cpuUsage();
      await probe(address, { infoPort: portOf(server), timeoutMs: 10_000 });
      const { user } = process.cpuUsage(before);
      // The quadratic search took 1,700 ms of processor time.
      expect(user / 1_000).toBeLessThan(400);
    } finally {
      server.close();
    }
  });
});
