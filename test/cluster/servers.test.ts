import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { infoPort, rated } from './support/app-server.js';
import type { Cluster } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

requireOrSkip(missingForCluster, 'ldm servers', () => {
  const cluster = useCluster({
    servers: [
      { name: 'rated', info: rated(73, { sessions: 4, capacity: 20 }) },
      { name: 'classic', info: { does: 'say', text: 'language:C\nsession:xterm\n' } },
      { name: 'unrated', info: 'refused' },
      { name: 'draining', info: { does: 'say', text: 'rating:80\nstate:draining\nssh:up\n' } },
      { name: 'zero', info: rated(0) },
      { name: 'sshless', info: { does: 'say', text: 'rating:80\nssh:down\n' } },
      { name: 'silent', info: { does: 'fall-silent', text: '' } },
      { name: 'stranger', known: 'unknown' },
    ],
  });

  it('tells each state as JSON, in the order of the list', async () => {
    const dead = cluster().server('stranger');
    const { code, rows } = await ask(cluster());
    expect(code).toBe(0);
    expect(rows.map(({ name, state, rating, sessions, hostKey }) => [name, state, rating, sessions, hostKey])).toEqual([
      ['rated', 'up', 73, 4, 'known'],
      ['classic', 'up', null, null, 'known'],
      ['unrated', 'unrated', null, null, 'known'],
      ['draining', 'draining', 80, null, 'known'],
      ['zero', 'draining', 0, null, 'known'],
      ['sshless', 'down', null, null, 'known'],
      ['silent', 'unrated', null, null, 'known'],
      ['stranger', 'up', 50, null, 'unknown'],
    ]);
    expect(rows.map(({ reason, message }) => [reason, message]).filter(([reason]) => reason !== null)).toEqual([
      ['draining', 'takes no new logins'],
      ['full', 'full: takes no new logins'],
      ['ssh-down', 'its login service is not running'],
    ]);
    expect(rows.find(({ name }) => name === dead.name)).toMatchObject({
      host: 'stranger',
      port: 22,
      address: dead.address,
    });
  });

  it('asks each server once, though the list names it twice', async () => {
    const server = cluster().server('rated');
    const before = server.scripted.connections(infoPort);
    const { rows } = await ask(cluster(), { LDM_SERVER: 'rated rated RATED rated:22' });
    expect(rows.map(({ name }) => name)).toEqual(['rated']);
    expect(server.scripted.connections(infoPort)).toBe(before + 1);
  });

  it('takes one probe timeout for all, however many are dead', async () => {
    for (const name of ['rated', 'classic', 'stranger']) await cluster().server(name).dropPackets();
    await cluster().server('zero').cut();
    const { rows, ms } = await ask(cluster(), { LDM_PROBE_TIMEOUT: '1' });
    expect(rows.filter(({ state }) => state === 'down').length).toBe(5);
    expect(ms).toBeLessThan(5_000);
  });

  it('takes names, addresses and ports, and says what it does not take', async () => {
    const { address } = cluster().server('rated');
    const { rows } = await ask(cluster(), { LDM_SERVER: `${address}:2222 rated:2200 classic` });
    expect(rows.map(({ host, port }) => [host, port])).toEqual([
      [address, 2222],
      ['rated', 2200],
      ['classic', 22],
    ]);
    const { code, stdout, stderr } = await cluster().ldm(['servers'], { env: { LDM_SERVER: 'rated 10.0.0.300' } });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('10.0.0.300');
  });

  it('asks get_hosts where LDM_SERVER is unset', async () => {
    await cluster().client.write('/run/get_hosts', '#!/bin/sh\necho rated\necho classic\n', 0o755);
    const { rows } = await ask(cluster(), { LDM_SERVER: '', LDM_GET_HOSTS: '/run/get_hosts' });
    expect(rows.map(({ name }) => name)).toEqual(['rated', 'classic']);
  });

  it('ends in time when get_hosts hangs', async () => {
    await cluster().client.write('/run/hangs', '#!/bin/sh\nsleep 1000\n', 0o755);
    const { ms, stderr } = await cluster().ldm(['servers', '--json'], {
      env: { LDM_SERVER: '', LDM_GET_HOSTS: '/run/hangs' },
    });
    expect(ms).toBeLessThan(30_000);
    expect(stderr).toContain('/run/hangs');
    await expect.poll(async () => [...(await cluster().client.processes()).values()]).toEqual([]);
  });

  it('prints a table that says the same in words', async () => {
    const { code, stdout } = await cluster().ldm(['servers']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBe(9);
    expect(lines.find((line) => line.startsWith('rated '))).toMatch(/ 73 +4 +up +known$/);
    expect(lines.find((line) => line.startsWith('draining '))).toMatch(/ draining: takes no new logins +known$/);
    expect(lines.find((line) => line.startsWith('zero '))).toMatch(/ full: takes no new logins +known$/);
    expect(lines.find((line) => line.startsWith('silent '))).toMatch(/ unrated +known$/);
    expect(lines.find((line) => line.startsWith('sshless '))).toMatch(
      / down: its login service is not running +known$/,
    );
  });
});

interface Row {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly state: string;
  readonly rating: number | null;
  readonly sessions: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly hostKey: string;
}

async function ask(cluster: Cluster, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, ms } = await cluster.ldm(['servers', '--json'], { env });
  // The shape is what the test goes on to check.
  return { code, ms, rows: JSON.parse(stdout) as Row[] };
}
