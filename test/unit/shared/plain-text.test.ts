import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText } from '../../../src/shared/plain-text.js';

describe('text from servers', () => {
  it('keeps words, markup and line ends as they are', () => {
    expect(cleanText('Account <b>locked</b> & closed\r\nAsk room 4 - äöü 日本')).toBe(
      'Account <b>locked</b> & closed\nAsk room 4 - äöü 日本',
    );
  });

  it('loses what would garble it or turn it around', () => {
    expect(cleanText('a\u0000b\u001b[31mc\u202ed\u2066e\ud800f\u0085')).toBe('ab[31mcdef');
  });

  it('is one line for a name', () => {
    expect(cleanLine('  a\n\tb \u2028c ')).toBe('a b c');
  });

  it('is bounded in lines and characters, with a mark', () => {
    expect(cleanText('x\n'.repeat(1_000_000))).toMatch(/^(x\n){199}x \[\.\.\.\]$/);
    expect(cleanText('x'.repeat(1_000_000)).length).toBeLessThan(8_100);
    expect(cleanLine('x'.repeat(1_000_000)).length).toBeLessThan(210);
  });

  it('keeps 200 lines and 8,000 characters, and marks what is more', () => {
    const lines = (count: number) => Array<string>(count).fill('x').join('\n');
    expect(cleanText(lines(200))).toBe(lines(200));
    expect(cleanText(lines(201))).toBe(`${lines(200)} [...]`);
    expect(cleanText('x'.repeat(8_000))).toBe('x'.repeat(8_000));
    expect(cleanText('x'.repeat(8_001))).toBe(`${'x'.repeat(8_000)} [...]`);
  });

  it('is read no further than 16,000 characters, and marked if there are more', () => {
    expect(cleanText('\0'.repeat(16_000))).toBe('');
    expect(cleanText(`${'\0'.repeat(16_000)}x`)).toBe(' [...]');
    expect(cleanText(`${'\0'.repeat(15_999)}x`)).toBe('x');
  });

  it('keeps blanks before words, and none behind the last', () => {
    expect(cleanText('  a\tb \n c \n\n')).toBe('  a    b \n c');
  });

  it('has 200 characters in a line, of its first 1,000', () => {
    expect(cleanLine('x'.repeat(200))).toBe('x'.repeat(200));
    expect(cleanLine('x'.repeat(201))).toBe(`${'x'.repeat(200)}...`);
    expect([cleanLine(`${' '.repeat(999)}x`), cleanLine(`${' '.repeat(1_000)}x`)]).toEqual(['x', '']);
  });

  it('has characters of 16 units, and longer ones cut so that nothing joins them', () => {
    const marks = (count: number) => `a${'\u0301'.repeat(count)}`;
    expect(cleanText(marks(15))).toBe(marks(15));
    expect(cleanText(`${marks(16)}b`)).toBe(`${marks(14)}\u200bb`);
  });

  it.each([
    ['joined emoji', '👩\u200d'.repeat(500)],
    ['marks upon marks', `a${'\u0301'.repeat(500)}`],
    ['Hangul consonants', '\u1100'.repeat(500)],
    ['signs that belong to what follows', `${'\u0600'.repeat(500)}1`],
    ['flag tags', `🏴${'\u{e0067}'.repeat(500)}`],
  ])('holds no character that is wider than a screen: %s', (_, text) => {
    expect(cleanText(text).length).toBeLessThanOrEqual(16);
    expect(cleanLine(text).length).toBeLessThanOrEqual(16);
  });

  it('joins nothing when it is cleaned a second time', () => {
    const once = cleanLine(`${'\u06dd'.repeat(40)}1 `.repeat(5));
    expect(cleanLine(cleanText(once))).toBe(once);
    const segments = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(once)];
    expect(Math.max(...segments.map(({ segment }) => segment.length))).toBeLessThanOrEqual(16);
  });

  it('keeps what people write: families, flags, accents, Thai and Devanagari', () => {
    const text =
      '👩\u200d👩\u200d👧\u200d👦👩\u200d👩\u200d👧\u200d👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301 กำลังเข้าสู่ระบบ क्षत्रिय कार्त्स्न्य 🇩🇪🇫🇷 각 👩🏻\u200d❤️\u200d💋\u200d👨🏿';
    expect(cleanText(text)).toBe(text);
  });

  it('never holds a control character, whatever came in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(cleanText(text)).not.toMatch(/[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u);
        expect(cleanLine(text)).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
