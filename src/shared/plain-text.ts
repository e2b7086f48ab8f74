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

/**
 * UTF-16 units of one visible character. The longest emoji of Unicode have 15, a flag of tags 14. A chain of joined
 * characters has no end and no place for a line break, so it makes a window wider than the screen. This bound fits into
 * the narrowest place where text wraps, also with larger letters and where each unit is drawn as a box of its own.
 */
const longestCharacter = 16;
/** Below are only characters that join nothing; most text needs no second look. */
const canJoin = /[\u0300-\u{10ffff}]/u;
/** Made when it is first needed: Intl takes its time to load. */
let segmenter: Intl.Segmenter | undefined;

/** Joins nothing on either side, and a line may break there: what was cut must not join with what follows it. */
const apart = '\u200b';

/** Cuts what no script writes: characters joined without end (Unicode Standard Annex 29). */
function cutJoined(text: string): string {
  if (!canJoin.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const bounded = Array.from(segmenter.segment(text), ({ segment }) =>
    segment.length > longestCharacter ? segment.slice(0, longestCharacter - 1) + apart : segment,
  ).join('');
  return bounded.replace(/\p{Cs}/gu, '');
}

/** Several lines: a banner, an instruction, the server's words. */
export function cleanText(text: string): string {
  const whole = text
    .slice(0, mostCharacters * 2)
    .replace(carriageReturns, '\n')
    .replaceAll('\t', '    ');
  const clean = cutJoined(whole.replace(unfit, (c) => (c === '\n' ? c : ''))).trimEnd();
  const lines = clean.split('\n');
  const few = lines.slice(0, mostLines).join('\n').slice(0, mostCharacters);
  return few.length < clean.length || text.length > mostCharacters * 2 ? `${few} [...]` : few;
}

/** One line: a name, a prompt, a reason. */
export function cleanLine(text: string): string {
  const line = cutJoined(text.slice(0, 1_000).replace(/\s+/g, ' ').replace(unfit, '')).trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
