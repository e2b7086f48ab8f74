import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSimulateCommand } from '../../src/commands/simulate.js';

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
    [['--rule', 'p2c'], 'random, two-choices, weighted, best, listed'],
    [['--capacity', '10,,20'], '--capacity'],
    [['--svg', '/nonexistent/plot.svg', '--clients', '1'], '--svg'],
  ])('%j ends with 64 and what is accepted', async (words, accepted) => {
    await expect(run(...words)).rejects.toMatchObject({ exitCode: 64, message: expect.stringContaining(accepted) });
    expect(printed).toBe('');
    expect(existsSync(join(folder, 'plot.svg'))).toBe(false);
  });
});
