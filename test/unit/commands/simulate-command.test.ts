import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSimulateCommand } from '../../../src/commands/simulate.js';

let printed: string;
let folder: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  folder = mkdtempSync(join(tmpdir(), 'ldm-simulate-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...words: string[]): Promise<void> {
  const program = new Command('ldm').exitOverride();
  addSimulateCommand(program);
  await program.parseAsync(['simulate', '--seeds', '3', ...words], { from: 'user' });
}

describe('ldm simulate', () => {
  it('prints the JSON that scripts rely on', async () => {
    await run('--servers', '10', '--clients', '500', '--rule', 'two-choices', '--json');
    const report: unknown = JSON.parse(printed);
    expect(report).toMatchObject({
      rule: 'two-choices',
      servers: 10,
      clients: 500,
      busiestOverMean: { median: expect.any(Number), worst: expect.any(Number) },
      failed: 0,
      askedPerLogin: 2,
    });
  });

  it('tells how many came to the same server on several days, and nothing of that on one', async () => {
    await run('--servers', '10', '--clients', '200', '--rule', 'affinity', '--json');
    expect(JSON.parse(printed)).toMatchObject({ sameServer: null, days: 1, points: 0 });
    printed = '';
    const days = ['--servers', '10', '--clients', '200', '--rule', 'affinity', '--days', '4'];
    await run(...days, '--present', '90', '--added', '1', '--json');
    const { sameServer, sameServerAfterChange } = JSON.parse(printed);
    expect(sameServer).toBeGreaterThan(0.4);
    expect(sameServer).toBeLessThan(0.75);
    expect(sameServerAfterChange).toBeGreaterThan(0.3);
    printed = '';
    const file = join(folder, 'days.svg');
    await run(...days, '--removed', '2', '--dead', '1', '--svg', file);
    expect(printed).toMatch(/on the same server as the time before +\d\d %/);
    expect(printed).toMatch(/after half of the days +2 fewer/);
    expect(readFileSync(file, 'utf8')).toContain('day 4');
  });

  it('stays on the first server up to LDM_AFFINITY_POINTS, or --points', async () => {
    const sameServer = async (...words: string[]): Promise<number> => {
      printed = '';
      await run('--servers', '10', '--clients', '300', '--rule', 'affinity', '--days', '3', '--json', ...words);
      return JSON.parse(printed).sameServer;
    };
    const without = await sameServer();
    vi.stubEnv('LDM_AFFINITY_POINTS', '5');
    const withFive = await sameServer();
    expect(withFive).toBeGreaterThan(without + 0.1);
    expect(await sameServer('--points', '0')).toBe(without);
    vi.stubEnv('LDM_AFFINITY_POINTS', '');
    expect(await sameServer()).toBe(without);
    expect(await sameServer('--points', '5')).toBe(withFive);
    vi.unstubAllEnvs();
  });

  it('tells beside a rule by old ratings what they do to clients that believe them', async () => {
    await run('--rule', 'best', '--rating-age', '60', '--json');
    const { busiestOverMean, topBelieved } = JSON.parse(printed);
    expect(topBelieved.median).toBeGreaterThan(2.5);
    expect(busiestOverMean.median).toBeLessThan(1.4);
  });

  it('says in words why best does not go by old ratings, and that it still goes by those of a few seconds', async () => {
    await run('--rule', 'best', '--rating-age', '60');
    expect(printed).toMatch(/all would go to the same server .*: busiest \/ mean [3-9]\.?\d* \(median\)/s);
    expect(printed).toMatch(
      /So best does not believe them, and draws by rating as weighted does:\nbusiest \/ mean 1\./,
    );
    printed = '';
    await run('--rule', 'best', '--rating-age', '5');
    expect(printed).toContain('best still believes them');
    printed = '';
    await run('--rule', 'random', '--rating-age', '60');
    expect(printed).not.toContain('believe');
  });

  it('prints a table, and draws the first run', async () => {
    const file = join(folder, 'plot.svg');
    await run('--clients', '100', '--dead', '2', '--capacity', '10,20', '--svg', file);
    expect(printed).toMatch(/busiest \/ mean +\d/);
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    [['--servers', '0'], 'a whole number from 1 to 10000'],
    [['--clients', '1e3'], 'a whole number from 1 to 1000000'],
    [['--dead', '31'], 'a whole number from 0 to 30'],
    [['--rule', 'p2c'], 'random, two-choices, affinity, weighted, best, listed'],
    [['--points', '101'], '0 to 100'],
    [['--days', '0'], '--days'],
    [['--removed', '30'], '0 to 29'],
    [['--capacity', '10,,20'], '--capacity'],
    [['--svg', '/nonexistent/plot.svg', '--clients', '1'], '--svg'],
  ])('%j ends with 64 and what is accepted', async (words, accepted) => {
    await expect(run(...words)).rejects.toMatchObject({ exitCode: 64, message: expect.stringContaining(accepted) });
    expect(printed).toBe('');
    expect(existsSync(join(folder, 'plot.svg'))).toBe(false);
  });
});
