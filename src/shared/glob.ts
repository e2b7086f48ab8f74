/**
 * Matches a shell pattern like fnmatch(3) without flags: `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]`, and `\` to escape the
 * next character. The time is at most proportional to the product of the two lengths.
 */
export function globMatches(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  const letters = [...text];
  let part = 0;
  let at = 0;
  // Where to continue when the text after the last star does not match: that star takes one more letter.
  let star = -1;
  let starAt = 0;
  while (at < letters.length) {
    const one = parts[part];
    if (one === '*') {
      star = part;
      starAt = at;
      part += 1;
    } else if (one?.(letters[at] ?? '') === true) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      part = star + 1;
    } else return false;
  }
  while (parts[part] === '*') part += 1;
  return part === parts.length;
}

/** Whether a name has any wildcard. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name);
}

type Part = '*' | ((letter: string) => boolean);

function partsOf(pattern: string): Part[] {
  const letters = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? '';
    if (letter === '*') parts.push('*');
    else if (letter === '?') parts.push(() => true);
    else if (letter === '[') {
      const set = readSet(letters, at);
      if (set === undefined) parts.push((one) => one === '[');
      else {
        parts.push(set.matches);
        at = set.end;
      }
    } else {
      const literal = letter === '\\' ? (letters[at + 1] ?? '\\') : letter;
      if (letter === '\\') at += 1;
      parts.push((one) => one === literal);
    }
  }
  return parts;
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /[a-z0-9]/i,
  alpha: /[a-z]/i,
  digit: /\d/,
  lower: /[a-z]/i,
  upper: /[a-z]/i,
  xdigit: /[\da-f]/i,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
};

/** @returns undefined for a bracket that is never closed, and so is an ordinary character */
function readSet(
  letters: readonly string[],
  open: number,
): { matches: (one: string) => boolean; end: number } | undefined {
  let at = open + 1;
  const negated = letters[at] === '!' || letters[at] === '^';
  if (negated) at += 1;
  const tests: ((one: string) => boolean)[] = [];
  for (let first = true; at < letters.length; first = false) {
    const letter = letters[at] ?? '';
    if (letter === ']' && !first) {
      return { matches: (one) => tests.some((test) => test(one)) !== negated, end: at };
    }
    const [, name] = /^\[:([a-z]{1,6}):\]/.exec(letters.slice(at, at + 10).join('')) ?? [];
    const known = name === undefined ? undefined : classes[name];
    const last = letters[at + 2];
    if (name !== undefined && known !== undefined) {
      tests.push((one) => known.test(one));
      at += name.length + 4;
    } else if (letters[at + 1] === '-' && last !== undefined && last !== ']') {
      tests.push((one) => letter <= one && one <= last);
      at += 3;
    } else {
      tests.push((one) => one === letter);
      at += 1;
    }
  }
  return undefined;
}
