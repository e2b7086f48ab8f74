import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/shared/secret.js';

describe('a secret', () => {
  it('does not print', () => {
    const secret = new Secret('hunter2 ');
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
    const secret = new Secret('hunter2 ');
    expect(secret.reveal()).toBe('hunter2 ');
    secret.wipe();
    expect(secret.reveal()).toBe('');
  });

  it('does not print in whatever way it is asked', () => {
    const one = new Secret('hunter2');
    expect([String(one), JSON.stringify(one), inspect(one)]).toEqual(['[secret]', '"[secret]"', '[secret]']);
  });

  it('copies the bytes that it is made of, and counts them in UTF-8', () => {
    const bytes = Buffer.from('größe');
    const one = new Secret(bytes);
    bytes.fill(0);
    expect(one.reveal()).toBe('größe');
    expect(one.length).toBe(7);
    expect(new Secret('größe').equals(one)).toBe(true);
    expect(new Secret('grösse').equals(one)).toBe(false);
  });

  it('goes into a message and is found there, at its place alone', () => {
    const one = new Secret('abc');
    const message = Buffer.from('.......');
    one.copyTo(message, 2);
    expect(message.toString()).toBe('..abc..');
    expect([1, 2, 3].map((at) => one.isAt(message, at))).toEqual([false, true, false]);
  });

  it('is gone from the memory once it is wiped', () => {
    const one = new Secret('abc');
    one.wipe();
    expect([one.length, one.reveal()]).toEqual([0, '']);
    const message = Buffer.from('...');
    one.copyTo(message, 0);
    expect(message.toString()).toBe('...');
    expect(one.equals(new Secret(''))).toBe(true);
  });
});
