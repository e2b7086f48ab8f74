/**
 * Makes untrusted text fit to be shown. Plain text is harmless, but control characters garble a line, and bidirectional
 * overrides change what it seems to say (Unicode TR 36).
 */

/** More than a screen of text. The rest is cut off and marked. */
const maxCharacters = 8_000;
const maxLines = 200;

const carriageReturns = /\r\n?/g;
/** Control characters except the line end, bidi controls, line and paragraph separators, and lone surrogates. */
const unfit = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

/**
 * UTF-16 units of one visible character. The longest emoji of Unicode have 15, a flag of tags 14. A chain of joined
 * characters has no limit and no place for a line break, so it could make a window wider than the screen. This limit fits
 * the narrowest place where text wraps, also with larger text and where each unit is drawn as a separate box.
 */
const maxCharacterLength = 16;
/** Text below this range has no joining characters, so most text needs no further check. */
const canJoin = /[\u0300-\u{10ffff}]/u;
/** Created on first use, because Intl loads slowly. */
let segmenter: Intl.Segmenter | undefined;

/** Zero width space: allows a line break, and keeps the cut character from joining the next one. */
const separator = '\u200b';

/** Cuts endless chains of joined characters, which no script uses (Unicode Standard Annex 29). */
function cutJoined(text: string): string {
  if (!canJoin.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const bounded = Array.from(segmenter.segment(text), ({ segment }) =>
    segment.length > maxCharacterLength ? segment.slice(0, maxCharacterLength - 1) + separator : segment,
  ).join('');
  return bounded.replace(/\p{Cs}/gu, '');
}

/** Cleans several lines: a banner, an instruction, a message of the server. */
export function cleanText(text: string): string {
  const whole = text
    .slice(0, maxCharacters * 2)
    .replace(carriageReturns, '\n')
    .replaceAll('\t', '    ');
  const clean = cutJoined(whole.replace(unfit, (c) => (c === '\n' ? c : ''))).trimEnd();
  const lines = clean.split('\n');
  const few = lines.slice(0, maxLines).join('\n').slice(0, maxCharacters);
  return few.length < clean.length || text.length > maxCharacters * 2 ? `${few} [...]` : few;
}

/** Cleans one line: a name, a prompt, a reason. */
export function cleanLine(text: string): string {
  const line = cutJoined(text.slice(0, 1_000).replace(/\s+/g, ' ').replace(unfit, '')).trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
