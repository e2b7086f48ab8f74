import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { stateText } from '../../../src/login/sentences.js';
import { formatServerInfo, parseServerInfo, wireLimits } from '../../../src/protocol/info-service.js';
import { probe } from '../../../src/servers/probe.js';
import { statusOf } from '../../../src/servers/survey.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';

/** What an info service says is untrusted input. */
const keys = [
  'language',
  'session',
  'session-with-name',
  'xsession',
  'rating',
  'sessions',
  'pending',
  'capacity',
  'age',
  'notice',
];
const numbers = ['NaN', '1e9', '-5', '101', '1000000000000', '0x10', '+7', ' 42 ', '', '٤٢', 'Infinity', '7.5'];
const line = fc.oneof(
  fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...numbers)).map(([key, value]) => `${key}:${value}`),
  fc.tuple(fc.constantFrom(...keys), fc.string({ unit: 'binary', maxLength: 40 })).map(([k, v]) => `${k}:${v}`),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

describe('the reader of an answer', () => {
  it('never throws, keeps every number in its range, and reads back what it writes', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.constantFrom('\n', '\r\n', '\r', '\0'), (lines, end) => {
        const info = parseServerInfo(lines.join(end));
        if (info === undefined) return;
        const { rating, running, pending, capacity, ageMs } = info;
        expect(rating === null || (Number.isInteger(rating) && rating >= 0 && rating <= 100)).toBe(true);
        for (const count of [running, pending, capacity]) {
          expect(count === null || (Number.isInteger(count) && count >= 0 && count <= 1_000_000)).toBe(true);
        }
        expect(ageMs === null || (ageMs >= 0 && ageMs < 1_000_000_000)).toBe(true);
        const written = formatServerInfo(info);
        expect(written).not.toMatch(/[^\n\P{Cc}]/u);
        expect(parseServerInfo(written)).toMatchObject({ rating, running, pending, capacity, ageMs });
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['NaN', '1e9', '-5', '101', '0x10', '', '7.5', '99999999999999999999'])('takes no rating of %j', (rating) => {
    expect(parseServerInfo(`rating:${rating}\nsessions:3\n`)).toMatchObject({ rating: null, running: 3 });
  });
});

it('shows the reason for draining as one line in quotation marks, without what could change how it reads', () => {
  const info = parseServerInfo(`state:draining\nnotice:\u202e<b>up</b>\u0007\u2028${'\u0301'.repeat(150)}\n`);
  const server = parseServerAddress('a', 22);
  if (info === undefined || server === undefined) throw new Error('no info');
  const text = stateText(statusOf(server, { kind: 'info', info, address: '127.0.0.1' }, { askedAt: 0, ms: 0 }));
  expect(text).toMatch(/^draining: "<b>up<\/b> \u0301{0,16}\u200b?"$/);
});

const open: { socket: Set<Socket>; close: () => void }[] = [];
afterEach(() => {
  for (const { socket, close } of open.splice(0)) {
    for (const one of socket) one.destroy();
    close();
  }
});

async function serve(say: (socket: Socket) => void): Promise<number> {
  const socket = new Set<Socket>();
  const server = createServer((one) => {
    socket.add(one.on('error', () => {}));
    say(one);
  });
  open.push({ socket, close: () => server.close() });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** Asks a service that says this, of a server whose ssh answers; what the client makes of it. */
async function ask(say: (socket: Socket) => void) {
  const ssh = await serve((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  const infoPort = await serve(say);
  const server = parseServerAddress(`127.0.0.1:${ssh}`, 22);
  if (!server) throw new Error('not an address');
  const began = performance.now();
  const result = await probe(server, { infoPort, timeoutMs: 1_000 });
  return { ...statusOf(server, result, { askedAt: 0, ms: 0 }), tookMs: performance.now() - began };
}

describe('an info service', () => {
  it('is heard no longer than its bounds when it says a million lines', async () => {
    const { state, rating, info, tookMs } = await ask((socket) => {
      socket.end(`rating:10\n${'language:xx\n'.repeat(1_000_000)}rating:99\n`);
    });
    expect({ state, rating }).toEqual({ state: 'up', rating: 10 });
    expect(info?.languages.length).toBeLessThanOrEqual(wireLimits.lines);
    expect(tookMs).toBeLessThan(1_500);
  });

  it.each([
    ['no line end', Buffer.from(`rating:${'9'.repeat(1_000_000)}`)],
    ['NULs', Buffer.alloc(200_000)],
    ['no text at all', Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xf0, 0x9f, 0x0a])],
    ['a page of the web', Buffer.from('HTTP/1.1 200 OK\r\n\r\n<html>')],
  ])('that says %s is no info service', async (_, bytes) => {
    expect(await ask((socket) => socket.end(bytes))).toMatchObject({ state: 'unrated', rating: null });
  });

  it('that keeps dripping is given up in time', async () => {
    const { state, rating, tookMs } = await ask((socket) => {
      const timer = setInterval(() => socket.write('rating:1\n'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    expect({ state, rating }).toEqual({ state: 'unrated', rating: null });
    expect(tookMs).toBeLessThan(1_800);
  });

  it('says what it likes of sessions and languages, and its rating is still read', async () => {
    const words = '\u202egpj.exe<b>&amp;$(reboot)`id`\u0007\u001b[2J\'";';
    const said = `language:${words}\nsession-with-name:${words}:${words}\nxsession:${words}\nrating:70\n`;
    expect(await ask((socket) => socket.end(said))).toMatchObject({ state: 'up', rating: 70 });
  });
});
