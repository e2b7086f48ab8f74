import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/ldminfod/log.js';
import {
  type CommandOutcome,
  createRatingCommand,
  readOutcome,
  runRatingCommand,
} from '../../../src/ldminfod/rating/rating-command.js';
import { isRunning } from '../support/is-running.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-rating-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the rating program', () => {
  it('gives the rating on its first line, and is told what ldminfod knows', async () => {
    const told = { LDMINFOD_RATING: '41', LDMINFOD_SESSIONS: '3' };
    expect(await runRatingCommand('echo $((LDMINFOD_RATING + LDMINFOD_SESSIONS)); echo more', told, 5_000)).toEqual({
      kind: 'rating',
      rating: 44,
    });
  });

  it('is ended with its children when its time is over', async () => {
    const started = performance.now();
    const outcome = await runRatingCommand(`sleep 60 & echo $! >${folder}/pid; wait`, {}, 2_000);
    expect(outcome).toEqual({ kind: 'failed', reason: 'no end within 2 s' });
    expect(performance.now() - started).toBeLessThan(10_000);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('cannot fill the memory with its output', async () => {
    expect((await runRatingCommand('yes 50 | head -c 50000000', {}, 10_000)).kind).toBe('rating');
  });

  it('has failed when it ends with a code, by a signal, or without a rating', () => {
    const reason = (stdout: string, problem?: string) => {
      const outcome = readOutcome({ stdout, problem });
      return outcome.kind === 'failed' ? outcome.reason : outcome.rating;
    };
    expect(reason('50\n', 'exit code 3')).toBe('exit code 3');
    expect(reason('')).toContain('expected a whole number');
    expect(reason('101\n')).toContain('expected a whole number');
    expect(reason('-1\n')).toContain('expected a whole number');
    expect(reason(' 0 \n')).toBe(0);
  });
});

describe('its runs', () => {
  function shared(outcome: CommandOutcome) {
    const seen = { runs: 0, log: '', at: 0, release: () => {} };
    const ask = createRatingCommand({
      run: () => {
        seen.runs += 1;
        return new Promise((resolve) => {
          seen.release = () => resolve(outcome);
        });
      },
      now: () => seen.at,
      log: createLog(
        (line) => {
          seen.log += line;
        },
        () => seen.at,
      ),
    });
    return { seen, ask };
  }

  it('are one for all who ask at once, and at most one a second', async () => {
    const { seen, ask } = shared({ kind: 'rating', rating: 5 });
    const got: CommandOutcome[] = [];
    for (let count = 0; count < 1_400; count += 1) ask({}, (outcome) => got.push(outcome));
    expect([seen.runs, got.length]).toEqual([1, 0]);
    seen.release();
    await Promise.resolve();
    expect(got.length).toBe(1_400);
    seen.at = 999;
    ask({}, (outcome) => got.push(outcome));
    expect([seen.runs, got.length]).toEqual([1, 1_401]);
    seen.at = 1_000;
    ask({}, (outcome) => got.push(outcome));
    expect([seen.runs, got.length]).toEqual([2, 1_401]);
  });

  it('are logged when they fail, once a minute, and leave clients in peace for 10 s', async () => {
    const { seen, ask } = shared({ kind: 'failed', reason: 'it ended with code 3' });
    for (const at of [0, 9_999, 20_000, 61_000]) {
      seen.at = at;
      ask({}, () => {});
      seen.release();
      await Promise.resolve();
    }
    expect(seen.log).toBe('warn rating-command-failed reason="it ended with code 3"\n'.repeat(2));
    expect(seen.runs).toBe(3);
  });
});

describe('the log', () => {
  it('goes on when the disk is full', () => {
    const log = createLog(
      () => {
        throw new Error('ENOSPC');
      },
      () => 0,
    );
    expect(() => log.warn('accept-failed')).not.toThrow();
  });
});
