import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applySeam } from '../../../scripts/node-gtk-seam.mjs';

const source = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../../node_modules/node-gtk/lib', file), 'utf8');

describe('the seam of node-gtk', () => {
  it.each(['bootstrap.js', 'module.js', 'native.js'])('fits the %s that is installed', (file) => {
    expect(applySeam(file, source(file))).not.toBe(source(file));
  });

  it('leaves nothing that describes all names or needs lodash', () => {
    const text = applySeam('bootstrap.js', source('bootstrap.js'));
    expect(text).not.toMatch(/GetInfoEntries|lodash|addField|addProperty\(constructor/);
  });

  it('stops the build where node-gtk has changed', () => {
    const changed = source('module.js').replace('let override', 'let addition');
    expect(() => applySeam('module.js', changed)).toThrow(/module\.js has changed: .* 0 times, not once/);
  });
});
