/**
 * Text from servers, made fit to be shown: as plain text it cannot hurt, but control characters garble a line and
 * bidirectional overrides make it read as something else (Unicode TR 36).
 */

/** More than a screen of text; what follows is cut with a mark. */
const mostCharacters = 8_000;
const mostLines = 200;

const carriageReturns = /\r\n?/g;
/** Control characters but the line end, bidi controls, line and paragraph separators, and lone surrogates. */
const unfit = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

/** Several lines: a banner, an instruction, the server's words. */
export function cleanText(text: string): string {
  const whole = text
    .slice(0, mostCharacters * 2)
    .replace(carriageReturns, '\n')
    .replaceAll('\t', '    ');
  const clean = whole.replace(unfit, (c) => (c === '\n' ? c : '')).trimEnd();
  const lines = clean.split('\n');
  const few = lines.slice(0, mostLines).join('\n').slice(0, mostCharacters);
  return few.length < clean.length || text.length > mostCharacters * 2 ? `${few} [...]` : few;
}

/** One line: a name, a prompt, a reason. */
export function cleanLine(text: string): string {
  const line = text.slice(0, 1_000).replace(/\s+/g, ' ').replace(unfit, '').trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
