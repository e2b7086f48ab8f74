import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../../src/ldminfod/log.js';
import { compareEntry, etcdEntryText, ownAuthor } from '../../../src/ldminfod/registry/etcd-entry.js';
import { checkEveryMs, Registrar, type RegistrarDependencies } from '../../../src/ldminfod/registry/registrar.js';
import { clashLastsMs, keepAliveEveryMs, Registration } from '../../../src/ldminfod/registry/registration.js';
import { EtcdError, toBase64 } from '../../../src/protocol/etcd-gateway.js';
import type { ServerInfo } from '../../../src/protocol/info-service.js';
import { serverInfo } from '../../support/server-info.js';

const key = '/ldm/servers/app1';
const author = 'app1, 10.0.0.1, pid 1';
const info = serverInfo();

/** An etcd in memory: one key, its lease, and whatever a test makes its members do. */
class FakeEtcd {
  entry: { value: string; lease?: string } | undefined;
  readonly calls: string[] = [];
  /** By path: the body of the latest call. */
  readonly bodies = new Map<string, object>();
  readonly signals: unknown[] = [];
  /** By endpoint: what a call to it fails with. */
  readonly failures = new Map<string, EtcdError>();
  /** By path: what this one kind of call fails with. */
  readonly refusals = new Map<string, EtcdError>();
  leaseLives = true;
  /** By path: what this one kind of call answers, where it is not the usual. */
  readonly answers = new Map<string, unknown>();
  #leases = 0;

  async open(endpoint: string, signal?: AbortSignal) {
    this.signals.push(signal);
    const failure = (): EtcdError | undefined => this.failures.get(endpoint);
    const opening = failure();
    if (opening) throw opening;
    return async (path: string, body: object, within: AbortSignal): Promise<unknown> => {
      this.calls.push(`${endpoint} ${path}`);
      this.bodies.set(path, body);
      this.signals.push(within);
      const failed = failure() ?? this.refusals.get(path);
      if (failed) throw failed;
      if (this.answers.has(path)) return this.answers.get(path);
      switch (path) {
        case '/v3/lease/grant':
          this.#leases += 1;
          this.leaseLives = true;
          return { ID: String(this.#leases) };
        case '/v3/lease/keepalive':
          return { result: this.leaseLives ? { TTL: '10' } : {} };
        case '/v3/kv/put':
          this.entry = body as { value: string; lease: string };
          return {};
        case '/v3/kv/range':
          return this.entry ? { kvs: [this.entry] } : {};
        default:
          return {};
      }
    };
  }

  get text(): string {
    return Buffer.from(this.entry?.value ?? '', 'base64').toString('utf8');
  }

  count(path: string): number {
    return this.calls.filter((call) => call.endsWith(path)).length;
  }
}

let etcd: FakeEtcd;
let current: ServerInfo;
let logged: string[];
let registrar: Registrar;

function start(more: Partial<RegistrarDependencies> = {}, endpoints: readonly string[] = ['one']): void {
  registrar = new Registrar(endpoints, key, {
    info: async () => current,
    open: (endpoint, signal) => etcd.open(endpoint, signal),
    now: () => Date.now(),
    random: () => 0,
    log: createLog((line) => logged.push(line.trim()), Date.now),
    author,
    ...more,
  });
  registrar.start();
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  etcd = new FakeEtcd();
  current = info;
  logged = [];
});
afterEach(async () => {
  await registrar?.stop();
  vi.useRealTimers();
});

describe('the registrar', () => {
  it('writes the answer with its author, and the interval of the checks as its age', async () => {
    start();
    expect(registrar.state()).toBe('not registered yet');
    await pass(0);
    expect(etcd.text).toContain('\nrating:70\n');
    expect(etcd.text).toContain(`\nage:${checkEveryMs}\n`);
    expect(etcd.text.endsWith(`registered-by:${author}\n`)).toBe(true);
    expect(registrar.state()).toBe(`registered as ${key}`);
  });

  it('writes only changes, and keeps the lease alive in between', async () => {
    start();
    await pass(5 * keepAliveEveryMs);
    expect(etcd.count('/put')).toBe(1);
    expect(etcd.count('/keepalive')).toBe(4);
    current = { ...info, ageMs: 900 };
    await pass(checkEveryMs);
    expect(etcd.count('/put')).toBe(1);
    current = { ...info, rating: 5 };
    await pass(checkEveryMs);
    expect(etcd.count('/put')).toBe(2);
    expect(etcd.text).toContain('\nrating:5\n');
  });

  it('writes again under a new lease when the lease has expired', async () => {
    start();
    await pass(0);
    etcd.leaseLives = false;
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(etcd.count('/grant')).toBe(2);
    expect(etcd.entry?.lease).toBe('2');
    expect(registrar.state()).toBe(`registered as ${key}`);
  });

  it.each([
    ['is missing', 'missing', () => undefined],
    ['was altered', 'altered', () => ({ value: toBase64('rating:1\n'), lease: '1' })],
    ['was written by hand', 'altered', () => ({ value: toBase64('rating:1\n') })],
  ])('writes again when the entry %s', async (_what, how, entry) => {
    start();
    await pass(0);
    etcd.entry = entry();
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(etcd.count('/put')).toBe(2);
    expect(etcd.text).toContain('\nrating:70\n');
    expect(logged).toContainEqual(`warn etcd-entry-lost key=${key} how=${how}`);
  });

  it('reports another server of the same name, once, and forgets it when it is gone', async () => {
    start();
    await pass(0);
    const foreign = { value: toBase64('rating:1\nregistered-by:app2, pid 7\n'), lease: '99' };
    etcd.entry = foreign;
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(registrar.state()).toBe(`name clash: ${key} is also registered by app2, pid 7`);
    expect(logged.filter((line) => line.includes('etcd-name-conflict'))).toHaveLength(1);
    etcd.entry = foreign;
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(logged.filter((line) => line.includes('etcd-name-conflict'))).toHaveLength(1);
    await pass(clashLastsMs + checkEveryMs);
    expect(registrar.state()).toBe(`registered as ${key}`);
    expect(logged.at(-1)).toBe(`info etcd-name-conflict-resolved key=${key}`);
  });

  it('writes with each keep-alive where its user may not read, and says so once', async () => {
    etcd.refusals.set('/v3/kv/range', new EtcdError('refused', 'etcdserver: permission denied'));
    start();
    await pass(3 * (keepAliveEveryMs + checkEveryMs));
    expect(etcd.count('/range')).toBe(1);
    expect(etcd.count('/put')).toBe(1 + etcd.count('/keepalive'));
    expect(logged.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'info etcd-registered',
      'warn etcd-entry-unreadable',
    ]);
    expect(registrar.state()).toBe(`registered as ${key}`);
  });

  it.each([
    ['a token has expired', new EtcdError('refused', 'etcdserver: invalid auth token')],
    ['a member does not answer', new EtcdError('no-answer', 'permission denied by a proxy')],
  ])('reads its entry again after %s', async (_, problem) => {
    start();
    await pass(0);
    etcd.refusals.set('/v3/kv/range', problem);
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(logged.some((line) => line.includes('etcd-entry-unreadable'))).toBe(false);
    etcd.refusals.clear();
    await pass(20_000);
    const before = etcd.count('/range');
    await pass(20_000);
    expect(etcd.count('/range')).toBeGreaterThan(before);
    expect(registrar.state()).toBe(`registered as ${key}`);
  });

  it('asks for a lease of 10 s, keeps and revokes this lease, and looks at its own key', async () => {
    start();
    await pass(keepAliveEveryMs + checkEveryMs);
    await registrar.stop();
    expect(Object.fromEntries(etcd.bodies)).toEqual({
      '/v3/lease/grant': { TTL: 10 },
      '/v3/kv/put': { key: toBase64(key), value: expect.any(String), lease: '1' },
      '/v3/lease/keepalive': { ID: '1' },
      '/v3/kv/range': { key: toBase64(key) },
      '/v3/lease/revoke': { ID: '1' },
    });
    expect(etcd.signals.length).toBeGreaterThan(5);
    expect(etcd.signals.every((signal) => signal instanceof AbortSignal)).toBe(true);
  });

  it.each([[{}], [{ ID: 7 }], [null], ['text']])('is away while etcd answers %j for a lease', async (answer) => {
    etcd.answers.set('/v3/lease/grant', answer);
    start();
    await pass(0);
    expect(registrar.state()).toBe('away');
    expect(etcd.count('/put')).toBe(0);
    expect(logged).toEqual(['warn etcd-unavailable problem="one grants no lease"']);
  });

  it.each([[null], ['text'], [{}], [{ result: null }], [{ result: { TTL: '0' } }]])(
    'takes its lease for expired when the keep-alive answers %j',
    async (answer) => {
      start();
      await pass(0);
      etcd.answers.set('/v3/lease/keepalive', answer);
      await pass(keepAliveEveryMs + checkEveryMs);
      expect(etcd.count('/grant')).toBe(2);
      expect(registrar.state()).toBe(`registered as ${key}`);
      expect(logged.some((line) => line.includes('etcd-unavailable'))).toBe(false);
    },
  );

  it('uses another member when its own fails, and stays with it', async () => {
    start({}, ['one', 'two']);
    await pass(0);
    etcd.failures.set('one', new EtcdError('no-answer', 'one: no answer in time'));
    await pass(keepAliveEveryMs + checkEveryMs);
    expect(registrar.state()).toBe(`registered as ${key}`);
    expect(etcd.calls.at(-1)).toMatch(/^two /);
    etcd.failures.clear();
    const before = etcd.calls.length;
    await pass(2 * keepAliveEveryMs);
    expect(etcd.calls.slice(before).every((call) => call.startsWith('two '))).toBe(true);
  });

  it('begins with a random member', async () => {
    start({ random: () => 0.9 }, ['one', 'two']);
    await pass(0);
    expect(etcd.calls[0]).toMatch(/^two /);
  });

  it('tries again at growing intervals while no member answers, and logs the loss and the return once', async () => {
    const away = new EtcdError('no-answer', 'one: connection refused');
    etcd.failures.set('one', away);
    const times: number[] = [];
    start({
      random: () => 0.999_999,
      open: (endpoint) => {
        times.push(Date.now());
        return etcd.open(endpoint);
      },
    });
    await pass(30_000);
    expect(registrar.state()).toBe('away');
    const rounds = [...new Set(times)].map((at) => at - (times[0] ?? 0));
    expect(rounds.map((ms) => Math.round(ms / 1_000))).toEqual([0, 2, 6, 14, 22, 30]);
    etcd.failures.clear();
    await pass(8_000);
    expect(registrar.state()).toBe(`registered as ${key}`);
    expect(logged.filter((line) => /etcd-(un)?available/.test(line))).toEqual([
      'warn etcd-unavailable problem="one: connection refused"',
      'info etcd-available failures=6',
    ]);
  });

  it('does not try all members with credentials that one has refused', async () => {
    const refused = new EtcdError('refused', 'etcdserver: authentication failed');
    for (const endpoint of ['one', 'two']) etcd.failures.set(endpoint, refused);
    let opened = 0;
    start(
      {
        open: (endpoint) => {
          opened += 1;
          return etcd.open(endpoint);
        },
      },
      ['one', 'two'],
    );
    await pass(0);
    expect(opened).toBe(1);
  });

  it('reports the problem of each member once', async () => {
    for (const endpoint of ['one', 'two'])
      etcd.failures.set(endpoint, new EtcdError('no-answer', `${endpoint} is off`));
    start({}, ['one', 'two']);
    await pass(0);
    expect(logged).toEqual(['warn etcd-unavailable problem="one is off; two is off"']);
  });

  it('does not try another member after an internal error', async () => {
    const opened: string[] = [];
    start(
      {
        open: (endpoint) => {
          opened.push(endpoint);
          return Promise.reject(new TypeError('a bug'));
        },
      },
      ['one', 'two'],
    );
    await pass(0);
    expect(opened).toEqual(['one']);
    expect(logged).toEqual(['warn etcd-unavailable problem="a bug"']);
  });

  it('goes on after an answer that cannot be made', async () => {
    let fails = true;
    start({ info: () => (fails ? Promise.reject(new Error('no rating')) : Promise.resolve(info)) });
    await pass(0);
    expect(registrar.state()).toBe('away');
    fails = false;
    await pass(2_000);
    expect(registrar.state()).toBe(`registered as ${key}`);
  });

  it('removes its entry when it is stopped, and writes nothing more', async () => {
    start();
    await pass(0);
    await registrar.stop();
    expect(etcd.calls.at(-1)).toBe('one /v3/lease/revoke');
    const before = etcd.calls.length;
    current = { ...info, rating: 1 };
    await pass(10_000);
    expect(etcd.calls).toHaveLength(before);
  });

  it('has nothing to remove before it has registered, and while no member answers', async () => {
    start();
    await registrar.stop();
    expect(etcd.count('/revoke')).toBe(0);
    start();
    await pass(0);
    etcd.failures.set('one', new EtcdError('no-answer', 'one is off'));
    await pass(keepAliveEveryMs + checkEveryMs);
    await registrar.stop();
    expect(etcd.count('/revoke')).toBe(0);
  });

  it('tries no further member when it is stopped', async () => {
    const opened: string[] = [];
    let fail: (error: EtcdError) => void = () => {};
    start(
      {
        open: (endpoint) => {
          opened.push(endpoint);
          return new Promise((_, reject) => {
            fail = reject;
          });
        },
      },
      ['one', 'two'],
    );
    await pass(0);
    await registrar.stop();
    fail(new EtcdError('no-answer', 'one is off'));
    await pass(10_000);
    expect(opened).toEqual(['one']);
  });
});

describe('a registration', () => {
  let at = 0;
  const registration = () =>
    new Registration(['one'], key, {
      open: (endpoint, signal) => etcd.open(endpoint, signal),
      now: () => at,
      random: () => 0,
      log: createLog((line) => logged.push(line.trim()), Date.now),
      author,
    });

  it('keeps its lease alive after 2.5 s', async () => {
    at = 5_000;
    const ours = registration();
    expect(ours.isWritten).toBe(false);
    await ours.update('rating:1\n');
    expect(ours.isWritten).toBe(true);
    at += keepAliveEveryMs - 1;
    await ours.update('rating:1\n');
    expect(etcd.count('/keepalive')).toBe(0);
    at += 1;
    await ours.update('rating:1\n');
    expect(etcd.count('/keepalive')).toBe(1);
  });

  it('forgets the other server of its name after a lease without it', async () => {
    at = 5_000;
    const ours = registration();
    await ours.update('rating:1\n');
    etcd.entry = { value: toBase64('registered-by:app2\n'), lease: '99' };
    at += keepAliveEveryMs;
    await ours.update('rating:1\n');
    expect(ours.clashingAuthor).toBe('app2');
    at += clashLastsMs - 1;
    await ours.update('rating:1\n');
    expect(ours.clashingAuthor).toBe('app2');
    at += 1;
    await ours.update('rating:1\n');
    expect(ours.clashingAuthor).toBeUndefined();
  });

  it('fails with a stable code when no member works', async () => {
    etcd.failures.set('one', new EtcdError('not-understood', 'one says nonsense'));
    await expect(registration().update('rating:1\n')).rejects.toMatchObject({ code: 'no-answer' });
  });
});

describe('the author of an entry', () => {
  const ownPid = `pid ${process.pid}`;

  it('is this host with three addresses from the network, and this process', () => {
    const one = (address: string, internal = false) => ({ address, internal });
    const interfaces = {
      lo: [one('127.0.0.1', true), one('::1', true)],
      eth0: [one('10.0.0.1'), one('fe80::1'), one('fd00::1')],
      eth1: [one('10.0.1.1'), one('10.0.2.1')],
      eth2: undefined,
    };
    expect(ownAuthor(interfaces)).toBe([hostname(), '10.0.0.1', 'fd00::1', '10.0.1.1', ownPid].join(', '));
    expect(ownAuthor({})).toBe(`${hostname()}, ${ownPid}`);
  });

  it('has at most 200 characters', () => {
    expect(ownAuthor({ eth0: [{ address: 'x'.repeat(300), internal: false }] })).toHaveLength(200);
  });
});

describe('an entry in etcd', () => {
  const written = { text: etcdEntryText(info, author, 1_000), lease: '5' };
  const range = (text: string, lease?: string) => ({ kvs: [{ value: toBase64(text), ...(lease && { lease }) }] });

  it('is ours only with our text and our lease', () => {
    expect(compareEntry(range(written.text, '5'), written, author)).toEqual({ kind: 'ours' });
    expect(compareEntry(range('rating:1\n', '5'), written, author)).toEqual({ kind: 'altered' });
    expect(compareEntry(range(written.text, '6'), written, author)).toEqual({ kind: 'altered' });
    expect(compareEntry(range(written.text), written, author)).toEqual({ kind: 'altered' });
  });

  it.each([[undefined], [{}], [{ kvs: [] }], [{ kvs: 'x' }], [[]]])('is missing in %j', (result) => {
    expect(compareEntry(result, written, author)).toEqual({ kind: 'missing' });
  });

  it('names its foreign author without control characters, cut to 200', () => {
    const by = (line: string) => compareEntry(range(line, '6'), written, author);
    expect(by('registered-by:a\u001b[31mb\n')).toEqual({ kind: 'foreign', by: 'a [31mb' });
    expect(by(`registered-by:${'x'.repeat(900)}\n`)).toEqual({ kind: 'foreign', by: 'x'.repeat(200) });
    expect(by('registered-by:  a \n')).toEqual({ kind: 'foreign', by: 'a' });
    expect(compareEntry({ kvs: [{ lease: '6' }] }, written, author)).toEqual(by('rating:3\n'));
    expect(by('registered-by:a\nregistered-by:b\n')).toEqual({ kind: 'foreign', by: 'b' });
    expect(by('rating:3\n')).toEqual({ kind: 'foreign', by: 'an ldminfod of an earlier version' });
  });
});
