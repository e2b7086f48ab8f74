import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mappedFiles, RenewalWatch, replacedProgram } from '../../../src/greeter/renewal.js';
import { createLog } from '../../../src/shared/log/log.js';

describe('a replaced program', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-renewal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As dpkg does it: a new file in the place of the old one. */
  const replace = (file: string): void => {
    writeFileSync(`${file}.dpkg-new`, 'new');
    renameSync(`${file}.dpkg-new`, file);
  };

  it('is told when all files are there and have not changed for half a minute', () => {
    const files = ['ldm', 'node'].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, 'old');
    const [, node = ''] = files;
    let later = 0;
    const replaced = replacedProgram(files, () => Date.now() + later);
    later = 60_000;
    expect(replaced()).toBeUndefined();
    replace(node);
    expect(replaced()).toBe(node);
    later = 20_000;
    expect(replaced()).toBeUndefined();
    later = 60_000;
    rmSync(join(folder, 'ldm'));
    expect(replaced()).toBeUndefined();
  });

  it('is looked for among the files that the process has loaded', () => {
    const maps = [
      '55d0c0000000-55d0c0001000 r--p 00000000 fe:00 123   /usr/bin/node',
      '7f0000000000-7f0000001000 r-xp 00001000 fe:00 124   /usr/lib/x86_64-linux-gnu/libnode.so.115',
      '7f0000001000-7f0000002000 r-xp 00002000 fe:00 124   /usr/lib/x86_64-linux-gnu/libnode.so.115',
      '7f0000002000-7f0000003000 rw-s 00000000 00:01 9     /memfd:x (deleted)',
      '7ffd00000000-7ffd00001000 rw-p 00000000 00:00 0     [stack]',
    ].join('\n');
    expect(mappedFiles(maps)).toEqual(['/usr/bin/node', '/usr/lib/x86_64-linux-gnu/libnode.so.115']);
  });
});

describe('a login screen whose programs were replaced', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  function watch() {
    const logged: string[] = [];
    const state = { idle: true, idleMs: Number.POSITIVE_INFINITY, renewed: 0 };
    const watched = new RenewalWatch(
      () => '/usr/bin/node',
      createLog(7, (line) => void logged.push(line)),
      {
        isIdle: () => state.idle,
        idleMs: async () => state.idleMs,
        renew: () => {
          state.renewed += 1;
        },
      },
    );
    return { state, watched, logged };
  }

  it('is renewed once nobody has used it for a minute', async () => {
    const { state, watched } = watch();
    await vi.advanceTimersByTimeAsync(55_000);
    watched.used();
    await vi.advanceTimersByTimeAsync(55_000);
    state.idleMs = 1_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.renewed).toBe(0);
    state.idleMs = 61_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.renewed).toBe(1);
  });

  it('stays while somebody logs in or works', async () => {
    const { state, logged } = watch();
    state.idle = false;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(state.renewed).toBe(0);
    expect(logged.filter((line) => line.includes('restart-due program=/usr/bin/node'))).toHaveLength(1);
  });
});
