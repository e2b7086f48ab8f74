/** One option of a command line of ssh(1). */
export type SshWord =
  | { readonly kind: 'flag'; readonly letter: string; readonly said: string }
  | { readonly kind: 'letter'; readonly letter: string; readonly value: string; readonly said: string }
  | { readonly kind: 'option'; readonly name: string; readonly value: string; readonly said: string }
  /** Not an option, or one without the value that it needs. */
  | { readonly kind: 'stray'; readonly said: string };

const withValue = 'BbcDEeFIiJLlmOopQRSWw';

/** Reads options like ssh: letters may share one word, and values may be attached or follow as the next word. */
export function readSshWords(text: string): SshWord[] {
  const left = splitWords(text);
  const found: SshWord[] = [];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!/^-[A-Za-z0-9]/.test(word)) {
      found.push({ kind: 'stray', said: word });
      continue;
    }
    for (let at = 1; at < word.length; at += 1) {
      const letter = word[at] ?? '';
      if (!withValue.includes(letter)) {
        found.push({ kind: 'flag', letter, said: `-${letter}` });
        continue;
      }
      const value = word.slice(at + 1) || left.shift();
      found.push(value === undefined ? { kind: 'stray', said: word } : withItsValue(letter, value));
      break;
    }
  }
  return found;
}

function withItsValue(letter: string, value: string): SshWord {
  const said = `-${letter} ${value}`;
  if (letter !== 'o') return { kind: 'letter', letter, value, said };
  const [, name, text = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(\S.*)/s.exec(value) ?? [];
  if (name === undefined) return { kind: 'stray', said };
  return { kind: 'option', name, value: text.trim().replace(/^"(.*)"$/, '$1'), said };
}

/** Splits words like a shell, as the classic did. An unclosed quote extends to the end. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)|[^\s'"\\]+|\\/gsu;
  let word: string | undefined;
  for (const [all, single, double, escaped] of text.matchAll(piece)) {
    if (/^\s/.test(all)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? all);
  }
  return word === undefined ? words : [...words, word];
}
