/**
 * Hostile texts that a server can send in its banner, its prompts, its notice and the names of its sessions. They are
 * long, wide, high, invisible or reversed. None of them may push a window off the screen.
 */
export const strangeTexts = {
  'no place to break': 'W'.repeat(2_000),
  'wide letters': '\ufdfd'.repeat(150),
  'wide signs': '\u{12031}'.repeat(90),
  'full width': '\uff37'.repeat(190),
  // Each is one visible character, as wide as all its parts, so a line cannot break inside.
  'joined letters': `${'\u1100'.repeat(40)} `.repeat(5),
  'joined signs': `${'\u06dd'.repeat(40)}1 `.repeat(5),
  'joined pictures': `${Array(12).fill('\u{1f469}').join('\u200d')} `.repeat(6),
  'marks over marks': `Z${'\u0301\u0489\u0e49'.repeat(100)}`.repeat(10),
  'nothing to see': '\u200b\u2060\u00ad\u200d'.repeat(300),
  'the other direction': `\u202e${'\u05e9'.repeat(120)}\u2067${'W'.repeat(120)}`,
  'many lines': 'line\n'.repeat(400),
} as const;
