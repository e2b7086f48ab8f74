import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TypedLine } from '../../../src/commands/terminal/line-editor.js';

/** What becomes of a line when this is typed, one reading after the other. */
function typing(...readings: readonly (string | Uint8Array)[]) {
  const line = new TypedLine(true);
  let echo = '';
  let end: string | undefined;
  let rest = '';
  for (const reading of readings) {
    const typed = Buffer.from(reading as string);
    const edit = line.take(typed);
    echo += edit.echo.toString('latin1');
    end = edit.end;
    rest = typed.subarray(edit.used).toString();
  }
  return { line: line.secret().reveal(), echo: Buffer.from(echo, 'latin1').toString(), end, rest };
}

describe('a line that is typed', () => {
  it('ends with Enter, and what follows is the beginning of the next', () => {
    expect(typing('one\rtwo')).toEqual({ line: 'one', echo: 'one', end: 'entered', rest: 'two' });
    expect(typing('on', 'e\r\ntwo')).toMatchObject({ line: 'one', rest: 'two' });
    expect(typing('one\ntwo')).toMatchObject({ line: 'one', rest: 'two' });
  });

  it('loses what was rubbed out, whole characters at a time, on the screen as well', () => {
    expect(typing('ä😀\u007fb\u007f\u007f\u007f\u007fc\r')).toMatchObject({ line: 'c' });
    expect(typing('aä€😀', '\u007f').line).toBe('aä€');
    expect(typing('aä€😀', '\b\b').line).toBe('aä');
    expect(typing('ab', '\u007f').echo).toBe('ab\b \b');
    expect(typing('äb', '\u0015c')).toMatchObject({ line: 'c', echo: 'äb\b \b\b \bc' });
  });

  it('is given up with Ctrl+C, and with Ctrl+D while it is empty', () => {
    expect(typing('secret', '\u0003more')).toMatchObject({ end: 'given up', rest: '' });
    expect(typing('\u0004')).toMatchObject({ end: 'given up' });
    expect(typing('a', '\u0004b')).toMatchObject({ end: undefined, line: 'ab' });
  });

  it('takes no part of a cursor key, and no control character', () => {
    expect(typing('a\u001b[A\u001b[3~\u001bOB\u001bäb\u0085\u0001\u001b\r')).toMatchObject({
      line: 'ab',
      end: 'entered',
    });
  });

  it('takes a long line that is pasted at once, and no more than 64 KiB', () => {
    expect(typing(`${'ä'.repeat(4_000)}\r`).line).toBe('ä'.repeat(4_000));
    expect(typing('x'.repeat(70_000), '\r')).toMatchObject({ line: 'x'.repeat(65_536), end: 'entered' });
  });

  it('keeps bytes that are not UTF-8 as they are', () => {
    const line = new TypedLine(true);
    line.take(Buffer.from([0x70, 0xe4, 0x73]));
    const bytes = Buffer.alloc(3);
    line.secret().copyTo(bytes, 0);
    expect(bytes).toEqual(Buffer.from([0x70, 0xe4, 0x73]));
  });

  it('makes no echo of what may not be seen', () => {
    expect(new TypedLine(false).take(Buffer.from('secret\u007f'))).toEqual({
      echo: Buffer.alloc(0),
      end: undefined,
      used: 7,
    });
  });

  it('is nowhere once it is wiped', () => {
    const line = new TypedLine(true);
    line.take(Buffer.from('secret'));
    const copy = line.secret();
    line.wipe();
    expect(line.secret().length).toBe(0);
    expect(copy.reveal()).toBe('secret');
  });

  it('is the same however the typing is cut, inside a character too, and shows no control character but rubbing out', () => {
    const keys = fc.array(fc.constantFrom('a', 'ü', '😀', ' ', '\u007f', '\u0015', '\u0001'), { maxLength: 30 });
    fc.assert(
      fc.property(keys, (typed) => {
        const whole = typing(typed.join(''));
        expect(typing(...[...Buffer.from(typed.join(''))].map((byte) => Buffer.of(byte)))).toEqual(whole);
        expect(whole.echo).not.toMatch(/[^\b\P{Cc}]/u);
      }),
    );
  });
});
