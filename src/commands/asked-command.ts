/**
 * Finds the command in a command line without a parser: only the file of that command is loaded, so that the login screen
 * does not wait for the files of the others.
 * @param argv the arguments after the program's name
 * @param defaultCommand the command that runs if none is named
 * @returns undefined where the parser must decide: help, an invalid option
 */
export function askedCommand(argv: readonly string[], defaultCommand: string): string | undefined {
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (argument === '--config') at += 1;
    else if (!argument.startsWith('-')) return argument;
    else if (!argument.startsWith('--config=')) return undefined;
  }
  return defaultCommand;
}
