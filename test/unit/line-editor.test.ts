import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edit } from '../../src/commands/line-editor.js';

describe('a line that is typed', () => {
  it('ends with Enter, and what follows is the beginning of the next', () => {
    expect(edit('', 'one\rtwo')).toEqual({ line: 'one', echo: 'one', end: 'entered', rest: 'two' });
    expect(edit('on', 'e\r\ntwo')).toMatchObject({ line: 'one', rest: 'two' });
  });

  it('loses what was rubbed out, whole characters at a time, on the screen as well', () => {
    expect(edit('', 'ä😀\u007fb\u007f\u007f\u007f\u007fc\r')).toMatchObject({ line: 'c' });
    expect(edit('ab', '\u007f').echo).toBe('\b \b');
    expect(edit('ab', '\u0015c')).toMatchObject({ line: 'c', echo: '\b \b\b \bc' });
  });

  it('is given up with Ctrl+C, and with Ctrl+D while it is empty', () => {
    expect(edit('secret', '\u0003')).toMatchObject({ end: 'given up', line: '' });
    expect(edit('', '\u0004')).toMatchObject({ end: 'given up' });
    expect(edit('a', '\u0004b')).toMatchObject({ end: undefined, line: 'ab' });
  });

  it('takes no part of a cursor key', () => {
    expect(edit('', 'a\u001b[A\u001b[3~\u001bOBb\r')).toMatchObject({ line: 'ab', end: 'entered' });
  });

  it('is the same however the typing is cut, and shows no control character but rubbing out', () => {
    const typing = fc.array(fc.constantFrom('a', 'ü', '😀', ' ', '\u007f', '\u0015', '\u0001'), { maxLength: 30 });
    fc.assert(
      fc.property(typing, (keys) => {
        let line = '';
        for (const key of keys) ({ line } = edit(line, key));
        const whole = edit('', keys.join(''));
        expect(whole.line).toBe(line);
        expect(whole.echo).not.toMatch(/[^\b\P{Cc}]/u);
      }),
    );
  });
});
