import { afterEach, describe, expect, it } from 'vitest';
import { toBase64 } from '../../../src/protocol/etcd-gateway.js';
import { wireLimits } from '../../../src/protocol/info-service.js';
import { etcdStatuses, readEtcd } from '../../../src/servers/discovery/etcd.js';
import { listByEtcd } from '../../../src/servers/discovery/etcd-list.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import { serverInfo } from '../../support/server-info.js';
import { address } from '../../support/statuses.js';
import { closeMembers, member, type RangeRequest, range } from '../support/fake-etcd.js';

afterEach(closeMembers);

describe('the list of etcd', () => {
  it('is asked for once where etcd refuses', async () => {
    let requests = 0;
    const refusing = await member(() => {
      requests += 1;
      return { code: 16, message: 'invalid auth token' };
    }, 401);
    await expect(readEtcd({ endpoints: [refusing] }, 22)).rejects.toMatchObject({ name: 'EtcdError', code: 'refused' });
    expect(requests).toBe(1);
  });

  it('is an error that says most: a refusal before silence', async () => {
    const refusing = await member(() => ({ code: 16, message: 'invalid auth token' }), 401);
    await expect(readEtcd({ endpoints: ['http://127.0.0.1:1', refusing, refusing] }, 22)).rejects.toMatchObject({
      code: 'refused',
      message: `http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; ${refusing}: invalid auth token`,
    });
  });

  it('is not understood where something else than etcd answers', async () => {
    const other = await member(() => ({ hello: 1 }));
    await expect(readEtcd({ endpoints: [other] }, 22)).rejects.toMatchObject({
      code: 'not-understood',
      message: `${other}: the answer is not from etcd`,
    });
  });

  it('is missing without an endpoint', async () => {
    await expect(readEtcd({ endpoints: [] }, 22)).rejects.toMatchObject({
      code: 'no-answer',
      message: 'no endpoint is configured',
    });
  });

  it('has answers up to the length of an answer of ldminfod', async () => {
    const long = (length: number) => 'rating:1\n'.padEnd(length, 'x');
    const endpoint = await member(() => range({ app1: long(wireLimits.bytes), app2: long(wireLimits.bytes + 1) }));
    const { entries, skipped } = await readEtcd({ endpoints: [endpoint] }, 22);
    expect([entries.map(({ server }) => server.name), skipped]).toEqual([['app1'], ['/ldm/servers/app2']]);
  });

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

  it('has hardware addresses below the keys of servers, registered or not', async () => {
    const endpoint = await member(() =>
      range({
        app1: 'rating:70\n',
        'app1/mac': '52-54-00-12-34-5A',
        'app2:2222/mac': '52:54:00:12:34:57\n',
        'app3/mac': '52:54:00',
        'app4/mac': 'rating:70\n',
        'no server/mac': '52:54:00:12:34:58',
        '/mac': '52:54:00:12:34:59',
      }),
    );
    const list = await readEtcd({ endpoints: [endpoint] }, 22);
    expect(list.entries.map(({ server }) => server.name)).toEqual(['app1']);
    expect(list.withMac.map(({ server, mac }) => [server.name, mac])).toEqual([
      ['app1', '52:54:00:12:34:5a'],
      ['app2:2222', '52:54:00:12:34:57'],
    ]);
    expect(list.skipped).toEqual(['app3/mac', 'app4/mac', 'no server/mac', '/mac'].map((key) => `/ldm/servers/${key}`));
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
    const statuses = etcdStatuses({ entries, withMac: [], consistency: 'linearizable' }, timing);
    expect(statuses.map(({ state, reason, address: at, ratingAgeMs }) => [state, reason, at, ratingAgeMs])).toEqual([
      ['up', null, null, 1_000],
      ['down', 'ssh-down', null, null],
      ['draining', null, null, 312],
    ]);
    expect(statuses[0]).toMatchObject({ askedAt: 5, ms: 7, rating: 70 });
  });

  it('are silent for those with a hardware address alone', () => {
    const withMac = ['app1', 'APP3', 'app9'].map((name) => ({ server: address(name), mac: '52:54:00:12:34:56' }));
    const statuses = etcdStatuses({ entries, withMac, consistency: 'linearizable' }, timing);
    expect(statuses.map(({ server, state }) => [server.name, state])).toEqual([
      ['app1', 'up'],
      ['app2', 'down'],
      ['app3', 'draining'],
      ['app9', 'down'],
    ]);
    expect(statuses[3]).toMatchObject({ reason: 'timeout', askedAt: 5, ms: 7 });
  });

  it('have no age without a majority', () => {
    const [first] = etcdStatuses({ entries, withMac: [], consistency: 'serializable' }, timing);
    expect(first).toMatchObject({ rating: 70, ratingAgeMs: null });
  });
});

describe('the list by the settings', () => {
  const listed = async (endpoint: string | undefined, more: Readonly<Record<string, string>> = {}) => {
    const logged: string[] = [];
    const list = await listByEtcd(
      readSettings(endpoint === undefined ? {} : { LDM_ETCD: endpoint, ...more }),
      createLog(7, (line) => logged.push(line)),
    );
    return { names: list?.statuses.map(({ server }) => server.name), list, log: logged.join('') };
  };

  it('is as old as the request, and logs nothing where all is well', async () => {
    const before = performance.now();
    const { list, log } = await listed(await member(() => range({ app1: 'rating:70\n' })));
    const [first] = list?.statuses ?? [];
    expect(first?.askedAt).toBeGreaterThanOrEqual(before);
    expect(first?.ms).toBeLessThanOrEqual(Math.ceil(performance.now() - before));
    expect([list?.statuses.length, log]).toEqual([1, '']);
  });

  it('knows who can be woken by etcd and by the settings, which take precedence', async () => {
    const endpoint = await member(() => range({ app1: 'rating:70\n', 'app2/mac': '52:54:00:00:00:02' }));
    const { names, list, log } = await listed(endpoint, {
      LDM_SERVER_MAC: 'app3=52:54:00:00:00:03 app2=52:54:00:00:00:22 no/server=52:54:00:00:00:04',
    });
    expect(names).toEqual(['app1', 'app2', 'app3']);
    expect(names?.map((name) => list?.macOf(address(name)))).toEqual([
      undefined,
      '52:54:00:00:00:22',
      '52:54:00:00:00:03',
    ]);
    expect(log).toBe('');
  });

  it('is a list too where every server is switched off', async () => {
    const endpoint = await member(() => range({ 'app2/mac': '52:54:00:00:00:02' }));
    expect(await listed(endpoint)).toMatchObject({ names: ['app2'], log: '' });
  });

  it('warns where no majority has confirmed it', async () => {
    const endpoint = await member((request) =>
      request.serializable ? range({ app1: 'rating:70\n' }) : { code: 14, message: 'etcdserver: no leader' },
    );
    expect(await listed(endpoint)).toMatchObject({
      names: ['app1'],
      log: expect.stringContaining('etcd-without-majority'),
    });
  });

  it.each([
    [20, 20, 0],
    [21, 20, 1],
  ])('logs %i invalid keys one by one up to the 20th', async (count, each, more) => {
    const invalid = Object.fromEntries(Array.from({ length: count }, (_, i) => [`no server ${i}`, 'rating:1\n']));
    const { log } = await listed(await member(() => range({ app1: 'rating:70\n', ...invalid })));
    expect(log.match(/etcd-key-skipped/g)).toHaveLength(each);
    expect(log.match(new RegExp(`etcd-more-keys-skipped keys=${count}`, 'g')) ?? []).toHaveLength(more);
  });

  it('is undefined, and logged by its code, where a file of the settings cannot be read', async () => {
    expect(await listed('https://127.0.0.1:1', { LDM_ETCD_CA: '/nowhere/ca' })).toMatchObject({
      names: undefined,
      log: expect.stringMatching(/etcd-failed code=unreadable-file problem="LDM_ETCD_CA: .*ENOENT/),
    });
  });

  it('is undefined without LDM_ETCD, and nothing is logged', async () => {
    expect(await listed(undefined)).toEqual({ names: undefined, log: '' });
  });

  it('is undefined, and logged, where etcd has no server or is unavailable', async () => {
    const empty = await listed(await member(() => range({})));
    expect(empty).toMatchObject({
      names: undefined,
      log: expect.stringMatching(/code=empty .*no server under \/ldm\/servers\//),
    });
    const away = await listed('http://127.0.0.1:1');
    expect(away).toMatchObject({ names: undefined, log: expect.stringContaining('ECONNREFUSED') });
  });
});
