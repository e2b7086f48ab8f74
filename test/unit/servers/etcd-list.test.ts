import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { toBase64 } from '../../../src/protocol/etcd-gateway.js';
import { etcdStatuses, readEtcd } from '../../../src/servers/discovery/etcd.js';
import { listByEtcd } from '../../../src/servers/discovery/etcd-list.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import { serverInfo } from '../../support/server-info.js';
import { address } from '../../support/statuses.js';

const members: Server[] = [];
afterEach(() => {
  for (const member of members.splice(0)) {
    member.closeAllConnections();
    member.close();
  }
});

interface RangeRequest {
  readonly key: string;
  readonly range_end: string;
  readonly serializable: boolean;
}

/** A member of etcd on loopback. @param answer the body of an answer; undefined for silence */
async function member(answer: (request: RangeRequest) => object | undefined, status = 200): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const said = answer(JSON.parse(body) as RangeRequest);
      if (said !== undefined)
        response.writeHead('code' in said && status === 200 ? 503 : status).end(JSON.stringify(said));
    });
  });
  members.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      resolve(`http://127.0.0.1:${place !== null && typeof place === 'object' ? place.port : 0}`);
    });
  });
}
const range = (entries: Readonly<Record<string, string>>) => ({
  header: {},
  kvs: Object.entries(entries).map(([name, value]) => ({
    key: toBase64(`/ldm/servers/${name}`),
    value: toBase64(value),
  })),
});

describe('the list of etcd', () => {
  it('has the servers below the prefix with their answers, and names what is neither', async () => {
    let asked: RangeRequest | undefined;
    const endpoint = await member((request) => {
      asked = request;
      return range({ app1: 'rating:70\n', 'app2:2222': 'rating:20\n', 'no server': 'rating:1\n', app3: 'hello' });
    });
    const list = await readEtcd({ endpoints: [endpoint] }, 22);
    expect(list.consistency).toBe('linearizable');
    expect(list.entries.map(({ server, info }) => [server.host, server.port, info.rating])).toEqual([
      ['app1', 22, 70],
      ['app2', 2222, 20],
    ]);
    expect(list.skipped).toEqual(['/ldm/servers/no server', '/ldm/servers/app3']);
    expect(asked).toMatchObject({ key: toBase64('/ldm/servers/'), range_end: toBase64('/ldm/servers0') });
  });

  it('is empty where etcd has no keys', async () => {
    const endpoint = await member(() => ({ header: {} }));
    expect((await readEtcd({ endpoints: [endpoint] }, 22)).entries).toEqual([]);
  });

  it('comes from one member where there is no majority', async () => {
    const endpoint = await member((request) =>
      request.serializable ? range({ app1: 'rating:70\n' }) : { code: 14, message: 'etcdserver: no leader' },
    );
    expect(await readEtcd({ endpoints: [endpoint] }, 22)).toMatchObject({
      consistency: 'serializable',
      entries: [{ info: { rating: 70 } }],
    });
  });

  it('comes from the next member while one is silent', async () => {
    const endpoints = [await member(() => undefined), await member(() => range({ app1: 'rating:70\n' }))];
    expect((await readEtcd({ endpoints }, 22)).entries).toHaveLength(1);
  });

  it('is an error that says what each member did', async () => {
    const endpoints = [await member(() => ({ hello: 1 })), 'http://127.0.0.1:1'];
    await expect(readEtcd({ endpoints }, 22)).rejects.toMatchObject({ code: 'not-understood' });
    const refusing = await member(() => ({ code: 16, message: 'invalid auth token' }), 401);
    await expect(readEtcd({ endpoints: [refusing] }, 22)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('invalid auth token'),
    });
  });
});

describe('the statuses by etcd', () => {
  const entries = [
    { server: address('app1'), info: serverInfo({ ageMs: 1_000 }) },
    { server: address('app2'), info: serverInfo({ sshDown: true }) },
    { server: address('app3'), info: serverInfo({ draining: true }) },
  ];
  const timing = { askedAt: 5, ms: 7 };

  it('are those of the answers, without an address', () => {
    const statuses = etcdStatuses({ entries, skipped: [], consistency: 'linearizable' }, timing);
    expect(statuses.map(({ state, reason, address: at, ratingAgeMs }) => [state, reason, at, ratingAgeMs])).toEqual([
      ['up', null, null, 1_000],
      ['down', 'ssh-down', null, null],
      ['draining', null, null, 312],
    ]);
    expect(statuses[0]).toMatchObject({ askedAt: 5, ms: 7, rating: 70 });
  });

  it('have no age without a majority', () => {
    const [first] = etcdStatuses({ entries, skipped: [], consistency: 'serializable' }, timing);
    expect(first).toMatchObject({ rating: 70, ratingAgeMs: null });
  });
});

describe('the list by the settings', () => {
  const listed = async (endpoint: string | undefined) => {
    const logged: string[] = [];
    const list = await listByEtcd(
      readSettings(endpoint === undefined ? {} : { LDM_ETCD: endpoint }),
      createLog(7, (line) => logged.push(line)),
    );
    return { names: list?.map(({ server }) => server.name), log: logged.join('') };
  };

  it('is undefined without LDM_ETCD, and nothing is logged', async () => {
    expect(await listed(undefined)).toEqual({ names: undefined, log: '' });
  });

  it('logs invalid keys, up to 20 of them', async () => {
    const invalid = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`no server ${i}`, 'rating:1\n']));
    const { names, log } = await listed(await member(() => range({ app1: 'rating:70\n', ...invalid })));
    expect(names).toEqual(['app1']);
    expect(log.match(/etcd-key-skipped/g)).toHaveLength(20);
    expect(log).toContain('30');
  });

  it('is undefined, and logged, where etcd has no server or is unavailable', async () => {
    const empty = await listed(await member(() => range({})));
    expect(empty).toMatchObject({ names: undefined, log: expect.stringContaining('no server under /ldm/servers/') });
    const away = await listed('http://127.0.0.1:1');
    expect(away).toMatchObject({ names: undefined, log: expect.stringContaining('ECONNREFUSED') });
  });
});
