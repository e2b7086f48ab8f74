import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  type Demotions,
  demotedForMs,
  formatDemotions,
  isDemoted,
  maxDemotions,
  parseDemotions,
} from '../../../src/servers/balancing/demotion.js';
import { defaultStateDir, demotionFile } from '../../../src/servers/balancing/demotion-file.js';
import { createLog } from '../../../src/shared/log/log.js';
import { address } from '../../support/statuses.js';

const minute = 60_000;
const start = Date.UTC(2024, 0, 8, 8);
const a = address('a');
const nothing: Demotions = new Map();

describe('a server where a login failed', () => {
  it('is demoted for 5 minutes, and another server or port is not', () => {
    const demotions = afterFailure(nothing, a, start);
    expect(isDemoted(demotions, a, start + 5 * minute - 1)).toBe(true);
    expect(isDemoted(demotions, a, start + 5 * minute)).toBe(false);
    expect(isDemoted(demotions, address('b'), start)).toBe(false);
    expect(isDemoted(demotions, address('a:2222'), start)).toBe(false);
    expect(isDemoted(demotions, address('A.'), start)).toBe(true);
  });

  it('is demoted for twice as long each time, up to an hour', () => {
    expect([1, 2, 3, 4, 5, 6, 1_000].map((count) => demotedForMs(count) / minute)).toEqual([5, 10, 20, 40, 60, 60, 60]);
    const twice = afterFailure(afterFailure(nothing, a, start), a, start + 6 * minute);
    expect(isDemoted(twice, a, start + 15 * minute)).toBe(true);
  });

  it('is cleared by one success, and starts at 5 minutes again', () => {
    const failedTwice = afterFailure(afterFailure(nothing, a, start), a, start);
    const cleared = afterSuccess(failedTwice, a, start + 1);
    expect(isDemoted(cleared, a, start + 1)).toBe(false);
    expect(isDemoted(afterFailure(cleared, a, start + 2), a, start + 6 * minute)).toBe(false);
  });

  it('starts at 5 minutes again after a day', () => {
    const failedAgain = afterFailure(afterFailure(nothing, a, start), a, start + 24 * 60 * minute);
    expect(isDemoted(failedAgain, a, start + 24 * 60 * minute + 6 * minute)).toBe(false);
  });

  it('does not stay demoted when the clock is set back by years', () => {
    expect(isDemoted(afterFailure(nothing, a, start), a, 0)).toBe(false);
  });
});

describe('what is remembered', () => {
  it('is bounded: the newest failures are kept', () => {
    const failures = Array.from({ length: maxDemotions + 50 }, (_, i) => ({
      server: `s${i} 22`,
      count: 1,
      at: start + i,
    }));
    const oldestFirst = parseDemotions(JSON.stringify({ version: 1, failures }), start);
    const newestFirst = parseDemotions(JSON.stringify({ version: 1, failures: failures.toReversed() }), start);
    for (const demotions of [oldestFirst, newestFirst]) {
      const known = ['s49', 's50'].map((name) => isDemoted(demotions ?? nothing, address(name), start));
      expect([demotions?.size, ...known]).toEqual([maxDemotions, false, true]);
    }
    const more = afterFailure(oldestFirst ?? nothing, a, start + 10_000);
    expect(more.size).toBe(maxDemotions);
    expect([a, address('s50'), address('s51')].map((one) => isDemoted(more, one, start))).toEqual([true, false, true]);
  });

  it('loses by a success the one server, and what is older than a day', () => {
    const day = 24 * 60 * minute;
    const before = afterFailure(afterFailure(nothing, a, start), address('b'), start + 1);
    expect([...afterSuccess(before, a, start + 2).keys()]).toEqual(['b 22']);
    expect([...afterSuccess(before, address('c'), start + day - 1).keys()]).toEqual(['b 22', 'a 22']);
    expect([...afterSuccess(before, address('c'), start + day).keys()]).toEqual(['b 22']);
  });

  it('comes back from its text', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(10 * minute)), { maxLength: 30 }), (failures) => {
        const demotions = failures.reduce<Demotions>(
          (before, [server, later]) => afterFailure(before, address(`s${server}`), start + later),
          nothing,
        );
        expect(parseDemotions(formatDemotions(demotions), start)).toEqual(demotions);
      }),
    );
  });

  it('is undefined, and nothing is thrown, for any text that is not ours', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseDemotions(text, start)).toBeUndefined();
      }),
    );
  });
});

describe('the state file', () => {
  let directory: string;
  let log: string[];
  const open = (now = start) =>
    demotionFile(
      directory,
      createLog(6, (line) => log.push(line)),
      () => now,
    );
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'ldm-state-')), 'ldm');
    log = [];
  });
  afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

  it('lasts over a restart of the greeter, and nothing but it is left in its folder', () => {
    open().failed(a);
    expect(open(start + minute).isDemoted(a)).toBe(true);
    expect(readdirSync(directory)).toEqual(['demotions.json']);
    expect(statSync(join(directory, 'demotions.json')).mode & 0o777).toBe(0o600);
    open(start + minute).succeeded(a);
    expect(open(start + minute).isDemoted(a)).toBe(false);
    expect(log).toEqual([]);
  });

  it('is not made by a success that changes nothing', () => {
    open().succeeded(a);
    expect(() => readdirSync(directory)).toThrow('ENOENT');
  });

  it.each([
    ['cut in the middle', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['binary', () => '\0\xff\xfe'],
    ['huge', () => 'x'.repeat(3_000_000)],
    ['of the wrong shape', () => '{"version":1,"failures":[{"server":5,"count":-1}]}'],
  ])('that is %s counts as empty, is told in the log, and is replaced at the next failure', (_, damage) => {
    open().failed(a);
    const file = join(directory, 'demotions.json');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const memory = open();
    expect(memory.isDemoted(a)).toBe(false);
    expect(log.join()).toContain('demotions-damaged');
    memory.failed(a);
    expect(open().isDemoted(a)).toBe(true);
  });

  it('that cannot be written is told in the log, and this process remembers nevertheless', () => {
    writeFileSync(directory, 'a file where the folder should be');
    const memory = open();
    memory.failed(a);
    expect(memory.isDemoted(a)).toBe(true);
    expect(log.join()).toContain('demotions-not-saved');
  });

  it('that is a folder is told in the log', () => {
    mkdirSync(join(directory, 'demotions.json'), { recursive: true });
    expect(open().isDemoted(a)).toBe(false);
    expect(log.join()).toContain('demotions-unreadable');
  });
});

it('root remembers in /var/lib/ldm, others where XDG says', () => {
  expect(defaultStateDir(0, { XDG_STATE_HOME: '/x' })).toBe('/var/lib/ldm');
  expect(defaultStateDir(1000, { XDG_STATE_HOME: '/x', HOME: '/home/u' })).toBe('/x/ldm');
  expect(defaultStateDir(1000, { XDG_STATE_HOME: 'relative', HOME: '/home/u' })).toBe('/home/u/.local/state/ldm');
  expect(defaultStateDir(1000, { HOME: '/home/u' })).toBe('/home/u/.local/state/ldm');
  expect(defaultStateDir(1000, {})).toBe('/.local/state/ldm');
});
