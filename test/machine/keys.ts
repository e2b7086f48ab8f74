/** Keys of a keyboard with American letters, by QEMU's names (QKeyCode in its qapi/ui.json). */

const shifted: Readonly<Record<string, string>> = {
  '!': '1',
  '@': '2',
  '#': '3',
  $: '4',
  '%': '5',
  '^': '6',
  '&': '7',
  '*': '8',
  '(': '9',
  ')': '0',
  _: 'minus',
  '+': 'equal',
  ':': 'semicolon',
  '"': 'apostrophe',
  '<': 'comma',
  '>': 'dot',
  '?': 'slash',
  '~': 'grave_accent',
  '|': 'backslash',
};
const plain: Readonly<Record<string, string>> = {
  ' ': 'spc',
  '\n': 'ret',
  '\t': 'tab',
  '-': 'minus',
  '=': 'equal',
  ';': 'semicolon',
  "'": 'apostrophe',
  ',': 'comma',
  '.': 'dot',
  '/': 'slash',
  '`': 'grave_accent',
  '\\': 'backslash',
};

/** The keys that are pressed together for one character. @throws for one that no key writes */
export function keysFor(character: string): readonly string[] {
  if (/^[a-z0-9]$/.test(character)) return [character];
  if (/^[A-Z]$/.test(character)) return ['shift', character.toLowerCase()];
  const alone = plain[character];
  if (alone !== undefined) return [alone];
  const withShift = shifted[character];
  if (withShift !== undefined) return ['shift', withShift];
  throw new Error(`no key writes ${JSON.stringify(character)}`);
}
