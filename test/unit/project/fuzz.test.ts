import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import kept from '../../fuzz/kept-seeds.json' with { type: 'json' };

/** The long run is `npm run fuzz`. */
it('every lie of a hostile server that once gave way comes to a clear end', async () => {
  const seeds = Object.values(kept).flat();
  const { stdout } = await promisify(execFile)('node', ['scripts/fuzz.mjs', '--seeds', seeds.join(',')]);
  expect(stdout).toContain(`${seeds.length} logins from seed ${seeds[0]}, 0 failures`);
}, 120_000);
