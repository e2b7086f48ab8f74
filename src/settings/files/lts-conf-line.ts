/**
 * One line of an lts.conf file. The classic parser (getltscfg) read tokens instead of lines, and a shell read its output.
 * So a section may begin before an assignment on the same line, a line may hold several assignments, and quotes follow
 * the rules of the shell.
 */

/** One statement of a line. */
export type Statement =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'set'; readonly variable: string; readonly value: string }
  | { readonly kind: 'include'; readonly file: string }
  /** Cannot be parsed; `variables` are the settings that it mentions, which must not count as unset. */
  | { readonly kind: 'unreadable'; readonly problem: string; readonly variables: readonly string[] };

/** Whether a name is a known variable, so that `NAME=` inside an unquoted value starts the next assignment. */
export type IsVariable = (name: string) => boolean;

const name = /(?:export\s+)?([A-Za-z_][A-Za-z0-9_]{0,99})\s*=[^\S\n]*/y;
const include = /include(?=[\s"'=])\s*(=)?\s*/iy;
/** Variables whose values contain NAME=VALUE, usually without quotes. */
const freeForm =
  /^(LDM_SSHOPTIONS|CLIENT_ENV|LDM_GREETING|X_ARGS|RDP_OPTIONS\w*|LDM_MENU_(ITEM|COMMAND)_\d|\w+_COMMAND)$/;

/** @param raw without its line end */
export function readLine(raw: string, isVariable: IsVariable): Statement[] {
  const line = raw.trim();
  const statements: Statement[] = [];
  let at = 0;
  while (at < line.length) {
    at = skipBlanks(line, at);
    if (line[at] === '#' || line[at] === ';') break;
    const { statement, end } = readStatement(line, at, isVariable);
    statements.push(statement);
    at = end;
  }
  return statements;
}

interface Read {
  readonly statement: Statement;
  readonly end: number;
}

function readStatement(line: string, at: number, isVariable: IsVariable): Read {
  const rest = (problem: string): Read => unreadable(line, at, problem, isVariable);
  if (line[at] === '[') {
    const end = sectionEnd(line, at);
    if (end === undefined) return rest('a section name is not closed by ]');
    const inside = line.slice(at + 1, end).trim();
    const section = (/^"(.*)"$/.exec(inside)?.[1] ?? inside).trim();
    return section === ''
      ? rest('a section has no name')
      : { statement: { kind: 'section', name: section }, end: end + 1 };
  }
  const included = match(include, line, at);
  if (included) {
    const read = readValue(line, at + included[0].length, 'INCLUDE', isVariable);
    return read === undefined || read.value === ''
      ? rest('include names no file')
      : { statement: includeStatement(read.value, included[1] !== undefined), end: read.end };
  }
  const [whole = '', word] = match(name, line, at) ?? [];
  if (word === undefined) return rest('neither [section] nor NAME=value');
  const variable = word.toUpperCase();
  const read = readValue(line, at + whole.length, variable, isVariable);
  if (read === undefined) return rest('a quote is not closed');
  return { statement: { kind: 'set', variable, value: read.value }, end: read.end };
}

/** `include FILE`; with `=` it is LTSP 19's name for LIKE, unless it names a file. */
function includeStatement(value: string, isAssignment: boolean): Statement {
  return isAssignment && !value.includes('/')
    ? { kind: 'set', variable: 'LIKE', value }
    : { kind: 'include', file: value };
}

interface Value {
  readonly value: string;
  readonly end: number;
}

/** @returns undefined where a quote is not closed */
function readValue(line: string, from: number, variable: string, isVariable: IsVariable): Value | undefined {
  if (line[from] === '"' || line[from] === "'") return readWord(line, from);
  const end = unquotedEnd(line, from, variable, isVariable);
  return { value: line.slice(from, end).trim(), end };
}

function unreadable(line: string, at: number, problem: string, isVariable: IsVariable): Read {
  const words = line.slice(at).match(/[A-Za-z_]\w*/g) ?? [];
  const variables = [...new Set(words.map((word) => word.toUpperCase()).filter(isVariable))];
  return { statement: { kind: 'unreadable', problem, variables }, end: line.length };
}

/** The place of the closing bracket of a section; brackets inside belong to a pattern, such as `[pc[0-9]]`. */
function sectionEnd(line: string, open: number): number | undefined {
  const quoted = /^\[\s*"[^"]*"\s*\]/.exec(line.slice(open));
  if (quoted) return open + quoted[0].length - 1;
  let depth = 0;
  for (let at = open; at < line.length; at += 1) {
    if (line[at] === '[') depth += 1;
    if (line[at] === ']') depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

/** The end of an unquoted value: the end of the line, a comment, or the next assignment. */
function unquotedEnd(line: string, from: number, variable: string, isVariable: IsVariable): number {
  if (line[from] === '#') return from;
  const isNext = (next: string): boolean =>
    next === next.toUpperCase() && (isVariable(next) || (!freeForm.test(variable) && /^[A-Z][A-Z0-9]*_/.test(next)));
  for (const { 0: blanks, index } of line.slice(from).matchAll(/\s+/g)) {
    const at = from + index + blanks.length;
    if (line[at] === '#' || /^;(\s|$)/.test(line.slice(at, at + 2))) return at;
    const next = match(name, line, at)?.[1];
    if (next !== undefined && isNext(next)) return at;
  }
  return line.length;
}

/**
 * A shell word that begins with a quote: quoted and plain pieces up to a space or a comment. Between double quotes, a
 * backslash escapes `"`, `\`, `$` and a backtick.
 */
function readWord(line: string, from: number): Value | undefined {
  let value = '';
  let at = from;
  while (at < line.length && !/[\s#;]/.test(line[at] ?? '')) {
    const quote = line[at];
    if (quote === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) return undefined;
      value += line.slice(at + 1, end);
      at = end + 1;
    } else if (quote === '"') {
      const end = doubleQuoteEnd(line, at);
      if (end === undefined) return undefined;
      value += line.slice(at + 1, end).replace(/\\(["\\$`])/g, '$1');
      at = end + 1;
    } else {
      value += quote;
      at += 1;
    }
  }
  return { value, end: at };
}

/** The closing quote. An escaped quote at the end of the line, as in `"C:\"`, also closes. */
function doubleQuoteEnd(line: string, open: number): number | undefined {
  for (let at = open + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at;
  }
  return line.length - 1 > open && line.endsWith('"') ? line.length - 1 : undefined;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (/\s/.test(line[at] ?? '')) at += 1;
  return at;
}

function match(expression: RegExp, line: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at;
  return expression.exec(line) ?? undefined;
}
