import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { infoServiceEvents } from '../../../src/ldminfod/log-events.js';
import { logEvents, logTopics } from '../../../src/shared/log/log-events.js';
import { logManual } from '../../../src/shared/log/log-manual.js';

const root = join(import.meta.dirname, '../../..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('log-events.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

describe('the page of log events', () => {
  it('matches the tables; node scripts/log-events.mjs writes it', () => {
    expect(readFileSync(join(root, 'docs/log-events.md'), 'utf8')).toBe(logManual(infoServiceEvents));
  });

  it('lists every event of ldm under one topic', () => {
    const listed = logTopics.flatMap(({ table }) => Object.keys(table));
    expect(listed).toEqual(Object.keys(logEvents));
  });

  it.each(Object.keys({ ...logEvents, ...infoServiceEvents }))('lists %s, which the sources log', (event) => {
    expect(sources).toContain(`'${event}'`);
  });
});
