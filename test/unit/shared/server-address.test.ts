import { describe, expect, it } from 'vitest';
import { canonicalHost, parseServerAddress, serverKey, withoutDuplicates } from '../../../src/shared/server-address.js';

describe('a server address', () => {
  it.each([
    ['alpha', 'alpha', 22],
    ['alpha.example.org:2200', 'alpha.example.org', 2200],
    ['10.0.0.1', '10.0.0.1', 22],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['alpha:65535', 'alpha', 65_535],
    ['1.example', '1.example', 22],
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
    ':22',
    'alpha:',
    'alpha:0',
    'alpha:65536',
    'alpha:x',
    'x[fd00::1]',
    '[fd00::1]x',
    '[]',
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

  it('is the same in another spelling, and differs by its port', () => {
    const key = (text: string): string => {
      const server = parseServerAddress(text, 22);
      return server === undefined ? '' : serverKey(server);
    };
    expect(key('App1.Example.')).toBe('app1.example 22');
    expect(key('[FD00:0::1]:23')).toBe('fd00::1 23');
    expect(canonicalHost('fe80:0::1%eth0')).toBe('fe80:0::1%eth0');
    expect(canonicalHost('::FFFF:10.0.0.1')).toBe('::ffff:10.0.0.1');
    expect(canonicalHost('App1')).toBe('App1');
  });

  it('is in a list once, at its first place and in its first spelling', () => {
    const list = ['b', 'App1.', 'a', 'app1', 'app1:23', 'B'].flatMap((text) => parseServerAddress(text, 22) ?? []);
    expect(withoutDuplicates(list).map(({ name }) => name)).toEqual(['b', 'App1.', 'a', 'app1:23']);
  });
});
