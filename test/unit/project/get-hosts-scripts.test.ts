import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '../../../data/get_hosts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-get-hosts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program before the system's own, since the time and the addresses of this machine are as they are. */
function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

function run(script: string, list: string): string[] {
  writeFileSync(join(folder, 'list'), list);
  const env = { PATH: `${folder}:${process.env.PATH}`, LDM_SERVERS_FILE: join(folder, 'list') };
  return execFileSync(join(scripts, script), { env, encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('random', () => {
  it('names every server once, in an order that changes', () => {
    const list = '# all of them\na b\tc\n\n  d:2222 # the large one\n[fd00::1]:22\n';
    const orders = Array.from({ length: 10 }, () => run('random', list));
    for (const order of orders) expect([...order].sort()).toEqual(['[fd00::1]:22', 'a', 'b', 'c', 'd:2222']);
    expect(new Set(orders.map((order) => order.join(' '))).size).toBeGreaterThan(1);
  });

  it('fails when its file is missing or empty, so that ldm tells it in its log', () => {
    expect(() => run('random', '# nobody\n')).toThrow();
    const env = { PATH: process.env.PATH, LDM_SERVERS_FILE: join(folder, 'missing') };
    expect(spawnSync(join(scripts, 'random'), { env }).status).not.toBe(0);
  });
});

describe('best-rated', () => {
  it('names the highest rated first and those that do not answer last', () => {
    program(
      'ldm',
      `[ "$(echo $LDM_SERVER | wc -w)" = 5 ] || exit 1
cat <<END
SERVER  ADDRESS   RATING  SESSIONS  STATE                  HOST KEY
a       10.0.0.1  40      3         up                     known
b       10.0.0.2  -       -         down: no answer        known
c       10.0.0.3  100     0         up                     known
d       10.0.0.4  0       9         draining: rating 0     known
e       10.0.0.5  95      0         up                     unknown
END`,
    );
    const order = run('best-rated', 'a b c d e');
    expect(order.slice(0, 3)).toEqual(['c', 'e', 'a']);
    expect(order.slice(3).sort()).toEqual(['b', 'd']);
  });

  it('names all of them when ldm cannot be run', () => {
    program('ldm', 'exit 70');
    expect(run('best-rated', 'a b').sort()).toEqual(['a', 'b']);
  });
});

describe('by-time', () => {
  const rules = '07:00-18:00 day1 day2 # lessons\n22:00-06:00 night\n* other\n';
  it.each([
    ['07:00', ['day1', 'day2']],
    ['17:59', ['day1', 'day2']],
    ['18:00', ['other']],
    ['23:30', ['night']],
    ['00:00', ['night']],
    ['06:00', ['other']],
  ])('names at %s the servers %j', (time, expected) => {
    program('date', `echo ${time}`);
    expect(run('by-time', rules)).toEqual(expected);
  });

  it('fails when no rule fits', () => {
    program('date', 'echo 19:00');
    expect(() => run('by-time', '07:00-18:00 day\n')).toThrow();
  });
});

describe('by-client-group', () => {
  const rules = 'library-* lib1 lib2\n10.0.20.* lab\n52:54:00:12:34:* press\n* everybody\n';
  it.each([
    ['library-7', '10.0.9.1', '52:54:00:00:00:01', ['lib1', 'lib2']],
    ['room-1', '10.0.20.15', '52:54:00:00:00:01', ['lab']],
    ['room-1', '10.0.9.1', '52:54:00:12:34:56', ['press']],
    ['room-1', '10.0.9.1', '52:54:00:00:00:01', ['everybody']],
  ])('names for %s %s %s the servers %j', (name, address, mac, expected) => {
    program('uname', `echo ${name}`);
    program(
      'ip',
      `case $2 in
  addr) echo "2: eth0    inet ${address}/24 brd 10.0.255.255 scope global eth0" ;;
  link) echo "2: eth0: <UP> mtu 1500 qdisc noqueue state UP \\    link/ether ${mac} brd ff:ff:ff:ff:ff:ff" ;;
esac`,
    );
    // What lies in the folder of the moment must not be taken for what a * means.
    expect(run('by-client-group', rules)).toEqual(expected);
  });

  it('fails when no rule fits', () => {
    expect(() => run('by-client-group', 'no-such-client-* a\n')).toThrow();
  });
});
