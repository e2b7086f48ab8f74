import { describe, expect, it } from 'vitest';
import { parseServerAddress } from '../../src/shared/server-address.js';

describe('a server address', () => {
  it.each([
    ['alpha', 'alpha', 22],
    ['alpha.example.org:2200', 'alpha.example.org', 2200],
    ['10.0.0.1', '10.0.0.1', 22],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['fe80::1', 'fe80::1', 22],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
    ['[2001:db8::1]', '2001:db8::1', 22],
    ['under_score', 'under_score', 22],
  ])('is read from %s', (text, host, port) => {
    expect(parseServerAddress(text, 22)).toMatchObject({ name: text, host, port });
  });

  it.each([
    '',
    '-alpha',
    'a b',
    'a:b',
    'a:70000',
    '10.0.0.300',
    '[alpha]:22',
    '[::1',
    'a..b',
    'a;b',
    'a\n',
    '*',
    'a/b',
  ])('is not made of %j', (text) => {
    expect(parseServerAddress(text, 22)).toBeUndefined();
  });
});
