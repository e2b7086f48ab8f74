/** What typing makes of a line. */
export interface Edit {
  readonly line: string;
  /** What a terminal shows of it, where it may be seen. */
  readonly echo: string;
  readonly end: 'entered' | 'given up' | undefined;
  /** What was typed behind the end: the beginning of the next line. */
  readonly rest: string;
}

const enter = /^(\r\n?|\n)/;
/** Cursor keys and the like (ECMA-48): they mean nothing here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what such keys begin with
const escapeSequence = /^\u001b(\[[0-9;?]*[@-~]|O.|.)?/;
const interrupt = '\u0003';
const endOfInput = '\u0004';
const eraseLine = '\u0015';
const rubOuts = ['\u007f', '\b'];

/** Takes what was typed on a terminal in raw mode. Rub out, Ctrl+U, Ctrl+C and Ctrl+D do what they do everywhere. */
export function edit(before: string, typed: string): Edit {
  let line = before;
  let echo = '';
  const erase = (kept: string): void => {
    echo += '\b \b'.repeat([...line].length - [...kept].length);
    line = kept;
  };
  for (let rest = typed; rest !== ''; ) {
    const special = enter.exec(rest) ?? escapeSequence.exec(rest);
    const [key = ''] = special ?? [String.fromCodePoint(rest.codePointAt(0) ?? 0)];
    rest = rest.slice(key.length);
    if (enter.test(key)) return { line, echo, end: 'entered', rest };
    if (key === interrupt || (key === endOfInput && line === '')) return { line: '', echo, end: 'given up', rest: '' };
    if (rubOuts.includes(key)) erase([...line].slice(0, -1).join(''));
    else if (key === eraseLine) erase('');
    else if (!/^\p{Cc}/u.test(key)) {
      line += key;
      echo += key;
    }
  }
  return { line, echo, end: undefined, rest: '' };
}
