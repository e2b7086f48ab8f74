/**
 * Which command a command line asks for, before anything is loaded that could read it: each command's own file is
 * loaded only when it is wanted, and a login screen must not wait for the other commands' files.
 * @param words the command line behind the program's name
 * @param usual the command that runs where none is named
 * @returns undefined where it takes a closer look: help, a wrong option
 */
export function askedCommand(words: readonly string[], usual: string): string | undefined {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--config') at += 1;
    else if (!word.startsWith('-')) return word;
    else if (!word.startsWith('--config=')) return undefined;
  }
  return usual;
}
