import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import * as dns from 'dns-packet';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { querySrv, SrvError, srvServers } from '../../../src/servers/discovery/srv.js';
import { queryAddresses } from '../../../src/servers/dns/addresses.js';
import { askResolver } from '../../../src/servers/dns/query.js';
import { querySshfp } from '../../../src/servers/dns/sshfp.js';

/** A resolver on loopback whose every answer is damaged, and what is made of it. */
const name = '_ldm._tcp.school.example';
const host = 'app1.school.example';

function answerTo(query: dns.DecodedPacket): Buffer {
  const answers: dns.Answer[] = [
    { type: 'CNAME', name, ttl: 1, class: 'IN', data: 'other.example' },
    {
      type: 'SRV',
      name: 'other.example',
      ttl: 1,
      class: 'IN',
      data: { priority: 1, weight: 2, port: 22, target: host },
    },
    { type: 'A', name: host, ttl: 1, class: 'IN', data: '10.0.0.1' },
    {
      type: 'SSHFP',
      name: host,
      ttl: 1,
      class: 'IN',
      data: { algorithm: 4, hash: 2, fingerprint: 'ab'.repeat(32) },
    },
  ];
  return dns.encode({ type: 'response', id: query.id, questions: query.questions, answers } as dns.Packet);
}

/** Bytes changed, cut off, put in and put behind; the id is left, for what has another is not heard. */
interface Spoiling {
  readonly bytes: readonly (readonly [number, number])[];
  readonly cut: number;
  readonly more: Uint8Array;
}
const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  bytes: fc.array(fc.tuple(fc.nat(400), fc.oneof(fc.constantFrom(0, 1, 0x3f, 0xc0, 0xff), fc.nat(255))), {
    maxLength: 6,
  }),
  cut: fc.oneof(fc.constant(0), fc.nat(120)),
  more: fc.uint8Array({ maxLength: 40 }),
});
function spoil(message: Buffer, { bytes, cut, more }: Spoiling): Buffer {
  const damaged = Buffer.concat([message.subarray(0, Math.max(12, message.length - cut)), more]);
  for (const [at, value] of bytes) damaged[2 + (at % (damaged.length - 2))] = value;
  return damaged;
}

describe('a damaged answer of a resolver', () => {
  let socket: Socket;
  let next: (message: Buffer) => Buffer;
  const resolver = { address: '127.0.0.1', port: 0 };
  beforeAll(async () => {
    socket = createSocket('udp4');
    socket.on('message', (message, from) => {
      socket.send(next(answerTo(dns.decode(message))), from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    resolver.port = socket.address().port;
  });
  afterAll(() => socket.close());

  it('makes an answer, a negative one or a problem in words, and no fault', async () => {
    const kinds = new Set<string>();
    const once = fc.asyncProperty(spoiling, async (how) => {
      next = (message) => spoil(message, how);
      const reply = await askResolver({ name, type: 'SRV' }, resolver, 20, new AbortController().signal);
      kinds.add(reply.kind);
      expect(['answered', 'no-such-name', 'failed']).toContain(reply.kind);
    });
    await fc.assert(once, { numRuns: 150 });
    // It was not only noise that was sent.
    expect(kinds).toContain('answered');
    expect(kinds).toContain('failed');
  });

  it('gives servers with ports and names in their bounds, or an error by code', async () => {
    const once = fc.asyncProperty(spoiling, async (how) => {
      next = (message) => spoil(message, how);
      const settings = { resolvers: [resolver], search: [], ndots: 1, timeoutMs: 20, attempts: 1, limitMs: 200 };
      try {
        const records = await querySrv(name, settings);
        for (const { port, priority, weight } of records) {
          expect(port > 0 && port < 65_536 && priority >= 0 && weight >= 0).toBe(true);
        }
        for (const server of srvServers(records, 22)) expect(server.name).toMatch(/^[A-Za-z0-9._:[\]-]+$/);
      } catch (error) {
        if (!(error instanceof SrvError)) throw error;
      }
    });
    await fc.assert(once, { numRuns: 150 });
  });

  it('gives addresses that are addresses, or why there are none', async () => {
    const kinds = new Set<string>();
    const once = fc.asyncProperty(spoiling, async (how) => {
      next = (message) => spoil(message, how);
      const nameServers = { resolvers: [resolver], timeoutMs: 20, attempts: 1 };
      const looked = await queryAddresses(host, { search: [], ndots: 1 }, nameServers, AbortSignal.timeout(200));
      kinds.add(looked.kind);
      if (looked.kind === 'found') expect(looked.value.filter((address) => isIP(address) === 0)).toEqual([]);
    });
    await fc.assert(once, { numRuns: 150 });
    expect(kinds).toContain('found');
    expect(kinds).toContain('no-answer');
  });

  it('proves no key while its flag does not say so', async () => {
    const once = fc.asyncProperty(spoiling, async (how) => {
      next = (message) => {
        const damaged = spoil(message, how);
        damaged[3] = (damaged[3] ?? 0) & ~dns.AUTHENTIC_DATA;
        return damaged;
      };
      const answer = await querySshfp(host, { resolvers: [resolver], search: [], ndots: 1, timeoutMs: 20 });
      expect(answer.kind).toBe('nothing');
    });
    await fc.assert(once, { numRuns: 150 });
  });
});
