import { describe, expect, it } from 'vitest';
import { lookElsewhere } from '../../../src/login/other-own-servers.js';
import type { VerifiedConnection } from '../../../src/session/ssh/verified-connection.js';
import { Secret } from '../../../src/shared/secret.js';
import { status } from '../../support/statuses.js';
import { FakeServer, type FakeServerPlan } from '../support/fake-server.js';

const patient = { keyMs: 1_000, lookMs: 1_000 };
const credentials = () => ({ user: 'ann', password: new Secret('pw') });
const next = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A look on fake servers, while the login is on the server `here`. */
function look(plans: Readonly<Record<string, FakeServerPlan>>, patience = patient) {
  const servers = new Map(Object.entries(plans).map(([name, plan]) => [name, new FakeServer(name, plan)]));
  const server = (name: string): FakeServer => servers.get(name) ?? expect.fail(`no server ${name}`);
  const elsewhere = lookElsewhere((one, signal) => server(one.server.name).connect(signal), credentials(), patience);
  elsewhere.connect([...servers.keys()].map((name) => status(name)));
  return { elsewhere, server };
}

describe('a look for sessions on other servers', () => {
  it('finds the server that has one', async () => {
    const { elsewhere, server } = look({ a: { sessions: 0 }, b: { sessions: 1 } });
    elsewhere.chosen(status('here').server);
    const found = await elsewhere.find();
    expect(found?.server.name).toBe('b');
    expect([server('a').open, server('b').open]).toEqual([0, 1]);
    elsewhere.close();
    expect(server('b').open).toBe(0);
  });

  it('gives a server the user name once another is chosen, and the password once that has accepted it', async () => {
    const { elsewhere, server } = look({ a: { tells: 'hello', sessions: 1 } });
    await next();
    expect(server('a').passwords).toEqual([]);
    elsewhere.chosen(status('here').server);
    await next();
    expect(server('a').passwords).toEqual([]);
    await elsewhere.find();
    expect(server('a').passwords).toEqual(['pw']);
    elsewhere.close();
  });

  it('leaves the server on which the login continues', async () => {
    const { elsewhere, server } = look({ a: { sessions: 1 } });
    await next();
    expect(server('a').open).toBe(1);
    elsewhere.chosen(server('a').address);
    expect(server('a').open).toBe(0);
    expect(await elsewhere.find()).toBeUndefined();
  });

  it('connects to each server once', () => {
    const { elsewhere, server } = look({ a: {} });
    elsewhere.connect([status('a')]);
    expect(server('a').opened).toBe(1);
    elsewhere.close();
  });

  it.each<[string, FakeServerPlan, typeof patient]>([
    ['shows no host key', { connect: 'never' }, { ...patient, keyMs: 2 }],
    ['does not end its sign-in', { signIn: 'never' }, { ...patient, lookMs: 2 }],
  ])('does not wait long for a server that %s', async (_, plan, patience) => {
    const { elsewhere, server } = look({ a: plan }, patience);
    elsewhere.chosen(status('here').server);
    expect(await elsewhere.find()).toBeUndefined();
    elsewhere.close();
    await next();
    expect(server('a').open).toBe(0);
  });

  it('closes a connection that comes when it is over', async () => {
    const server = new FakeServer('a');
    let come = (): void => {};
    const elsewhere = lookElsewhere(
      () =>
        new Promise<VerifiedConnection>((resolve) => {
          come = () => resolve(server.verified());
        }),
      credentials(),
      patient,
    );
    elsewhere.connect([status('a')]);
    elsewhere.close();
    come();
    expect(server.open).toBe(1);
    await next();
    expect(server.open).toBe(0);
  });
});
