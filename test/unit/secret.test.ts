import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/shared/secret.js';

describe('a secret', () => {
  const secret = new Secret('hunter2 ');

  it('does not print', () => {
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }),
      format('%s %o', secret, secret),
    ];
    for (const text of printed) expect(text).not.toContain('hunter2');
  });

  it('reveals exactly what was typed, until it is wiped', () => {
    expect(secret.reveal()).toBe('hunter2 ');
    secret.wipe();
    expect(secret.reveal()).toBe('');
  });
});
