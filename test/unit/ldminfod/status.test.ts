import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createResponseFormatter, responseText, withEtcdState } from '../../../src/ldminfod/response-text.js';
import { describeStatus, queryStatus } from '../../../src/ldminfod/status.js';
import { parseServerInfo, type ServerInfo, wireLimits } from '../../../src/protocol/info-service.js';
import { serverInfo } from '../../support/server-info.js';

const info = serverInfo();

describe('ldminfod status', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serverThatSays(text: string): Promise<number> {
    const listening = createServer((socket) => socket.on('error', () => {}).end(text));
    server = listening;
    return new Promise((resolve) => {
      listening.listen(0, '127.0.0.1', () => {
        const place = listening.address();
        resolve(place !== null && typeof place === 'object' ? place.port : 0);
      });
    });
  }

  it('reads the answer and the state in etcd', async () => {
    const port = await serverThatSays(withEtcdState(responseText(info), 'away'));
    expect(await queryStatus('127.0.0.1', port, 5_000)).toMatchObject({ info: { rating: 70 }, etcd: 'away' });
  });

  it('is undefined where nothing listens, or something else does', async () => {
    const port = await serverThatSays('SSH-2.0-x\r\n');
    expect(await queryStatus('127.0.0.1', port, 5_000)).toBeUndefined();
    await new Promise((resolve) => server?.close(resolve));
    expect(await queryStatus('127.0.0.1', port, 5_000)).toBeUndefined();
  });

  it('shows each value on a line', () => {
    expect(describeStatus({ info, etcd: undefined }, undefined)).toBe(
      'state: up\nrating: 70\nsessions: 16\npending: 2\ncapacity: 60\nssh: up\n',
    );
    expect(describeStatus({ info, etcd: 'registered as x' }, undefined)).toMatch(/\netcd: registered as x\n$/);
  });

  it.each([
    [{ draining: true, rating: 0 }, 'since Monday', 'draining (since Monday)'],
    [{ draining: true, sshDown: true }, '', 'draining'],
    [{ sshDown: true, rating: 0 }, undefined, 'ssh down'],
    [{ rating: 0 }, undefined, 'full'],
    [{ rating: 1 }, undefined, 'up'],
  ])('calls the state of %j with the note %j %s', (known, note, state) => {
    expect(describeStatus({ info: { ...info, ...known }, etcd: undefined }, note)).toContain(`state: ${state}\n`);
  });
});

describe('the text for clients', () => {
  it('is made once for one answer', () => {
    let reads = 0;
    const counted: ServerInfo = {
      ...info,
      get rating() {
        reads += 1;
        return 70;
      },
    };
    const format = createResponseFormatter();
    expect(format(counted)).toBe(responseText(info));
    const before = reads;
    expect(format(counted)).toBe(responseText(info));
    expect(reads).toBe(before);
    expect(format({ ...info, rating: 1 })).toMatch(/^rating:1$/m);
  });

  it('keeps every language and session that fits', () => {
    const languages = Array.from({ length: 1_900 }, (_, index) => `l${index}`);
    expect(parseServerInfo(responseText({ ...info, languages }))?.languages).toHaveLength(1_900);
  });

  it('has as many lines as a reader takes, and a fifth less where there are more', () => {
    const otherLines = 11;
    const sessions = [{ name: 'Xfce', exec: 'startxfce4' }];
    const kept = (languages: number) => {
      const text = responseText({ ...info, sessions, languages: Array.from({ length: languages }, () => 'de') });
      const read = parseServerInfo(text);
      return [read?.languages.length, read?.sessions.length];
    };
    const most = wireLimits.lines - otherLines - 2 * sessions.length;
    expect(kept(most)).toEqual([most, 1]);
    expect(kept(most + 1)).toEqual([Math.floor((most + 1) * 0.8), 0]);
  });

  it('has as many bytes as a reader takes, less the room for the state in etcd', () => {
    const rest = Buffer.byteLength(responseText({ ...info, languages: [] }));
    const line = 'language:\n';
    const most = wireLimits.bytes - 2_048 - rest - line.length;
    const kept = (length: number) => responseText({ ...info, languages: ['x'.repeat(length)] }).includes(line.trim());
    expect([kept(most), kept(most + 1)]).toEqual([true, false]);
  });

  it('leaves room for the longest state in etcd', () => {
    const languages = Array.from({ length: 1_980 }, (_, index) => `l${index}`.padEnd(31, 'x'));
    const text = withEtcdState(responseText({ ...info, languages }), 'x'.repeat(2_000));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(wireLimits.bytes);
    expect(text.split('\n').length).toBeLessThanOrEqual(wireLimits.lines);
  });
});
