const maxBytes = 64;
const fallback = 'Drive';

/**
 * What a medium is called in the session, as the name of a folder. Only letters, digits, and a few marks of its own label
 * stay, since every program of the session reads it.
 * @param taken names of the media that are there already
 */
export function driveName(label: string, taken: ReadonlySet<string>): string {
  const plain = label
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.-]+|\s+$/g, '');
  const name = cut(plain) || fallback;
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? name : `${name} ${number}`;
    if (!taken.has(numbered)) return numbered;
  }
}

/** Its beginning of at most so many bytes, without half a character. */
function cut(text: string): string {
  let result = '';
  for (const character of text) {
    if (Buffer.byteLength(result + character) > maxBytes) break;
    result += character;
  }
  return result.trimEnd();
}
