import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noSshMemory, sshMemoryFile } from '../../../src/servers/ssh-memory.js';
import { createLog } from '../../../src/shared/log/log.js';
import { address } from '../../support/statuses.js';

let folder: string;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-ssh-ports-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const noon = Date.UTC(2026, 0, 1, 12);
const [a, b] = [address('a'), address('b')];
/** As after a start of the greeter. */
const open = (now = noon, directory = join(folder, 'state')) =>
  sshMemoryFile(
    directory,
    createLog(7, (line) => log.push(line)),
    () => now,
  );
const sighting = (server: string) => ({ server: `${server} 22`, address: `ip of ${server}`, at: noon });
const fill = (seen: readonly unknown[], version = 1): void =>
  writeFileSync(join(folder, 'ssh-ports.json'), JSON.stringify({ version, seen }));

describe('an ssh port that has answered', () => {
  it('is known for the time that is asked for, over a restart too, even if the clock was set back', () => {
    open().sawAnswer(a, '10.0.0.1');
    const answered = (ms: number) => open(noon + ms).answered(a, 1_000);
    expect([0, 999, 1_000, -999, -1_000].map(answered)).toEqual([
      ...['10.0.0.1', '10.0.0.1', undefined],
      ...['10.0.0.1', undefined],
    ]);
    expect(log).toEqual([]);
  });

  it('is that of one port of one server, however its name is written', () => {
    const memory = open();
    memory.sawAnswer(a, '10.0.0.1');
    expect([b, address('a:2222'), address('A.')].map((server) => memory.answered(server, 1))).toEqual([
      ...[undefined, undefined],
      '10.0.0.1',
    ]);
  });

  it('is forgotten alone', () => {
    open().sawAnswer(a, '10.0.0.1');
    open().sawAnswer(b, '10.0.0.2');
    open().forget(a);
    expect([a, b].map((server) => open().answered(server, 1))).toEqual([undefined, '10.0.0.2']);
  });

  it('is known by the last answer', () => {
    const memory = open();
    memory.sawAnswer(a, '10.0.0.1');
    memory.sawAnswer(a, '10.0.0.9');
    expect([memory, open()].map((one) => one.answered(a, 1))).toEqual(['10.0.0.9', '10.0.0.9']);
  });

  it('that is not known is forgotten without a file', () => {
    open().forget(a);
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  it('is one of the newest thousand', () => {
    fill(Array.from({ length: 1_000 }, (_, number) => sighting(`s${number}`)));
    const known = (...names: string[]) => names.map((name) => open(noon, folder).answered(address(name), 1));
    open(noon, folder).sawAnswer(address('s0'), 'a new ip');
    expect(known('s0', 's1')).toEqual(['a new ip', 'ip of s1']);
    open(noon, folder).sawAnswer(a, '10.0.0.1');
    expect(known('a', 's0', 's1', 's2')).toEqual(['10.0.0.1', 'a new ip', undefined, 'ip of s2']);
    open(noon, folder).forget(a);
    expect(known('a', 's2')).toEqual([undefined, 'ip of s2']);
  });

  it('is kept until the process ends where it cannot be written', () => {
    writeFileSync(join(folder, 'state'), 'a file where the folder should be');
    const memory = open();
    memory.sawAnswer(a, '10.0.0.1');
    expect(memory.answered(a, 1)).toBe('10.0.0.1');
    expect(log).toEqual([
      expect.stringMatching(/ssh-ports-unreadable .*ENOTDIR/),
      expect.stringMatching(/ssh-ports-not-saved .*state\/ssh-ports\.json/),
    ]);
  });

  it('is not kept without a memory', () => {
    noSshMemory.sawAnswer(a, '10.0.0.1');
    expect(noSshMemory.answered(a, 1_000)).toBeUndefined();
  });
});

describe('a file of ssh ports', () => {
  const good = sighting('a');
  it('is read up to its bounds', () => {
    fill([good, { ...good, server: 's'.repeat(300), address: '1'.repeat(100), at: 0 }]);
    expect(open(noon, folder).answered(a, 1)).toBe('ip of a');
    expect(log).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['is empty', () => writeFileSync(join(folder, 'ssh-ports.json'), '')],
    ['is cut', () => writeFileSync(join(folder, 'ssh-ports.json'), '{"version":1,"seen":[')],
    ['has another version', () => fill([good], 2)],
    ['has a long name', () => fill([good, { ...good, server: 's'.repeat(301) }])],
    ['has a long address', () => fill([good, { ...good, address: '1'.repeat(101) }])],
    ['has a time before 1970', () => fill([good, { ...good, at: -1 }])],
    ['has half a millisecond', () => fill([good, { ...good, at: 0.5 }])],
  ])('that %s counts as empty, is told in the log, and is replaced at the next answer', (_, damage) => {
    damage();
    const memory = open(noon, folder);
    expect([memory.answered(a, 1), memory.answered(a, 1)]).toEqual([undefined, undefined]);
    expect(log.join('').match(/ssh-ports-unreadable .*code=damaged/g)).toHaveLength(1);
    memory.sawAnswer(b, '10.0.0.2');
    expect(open(noon, folder).answered(b, 1)).toBe('10.0.0.2');
  });
});
