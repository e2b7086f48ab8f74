// Completion for bash: words for the place of the cursor. manuals.mjs generates it from the programs' own tables.

/** Values that are files or folders, by their name in the help. */
const isPath = (name) => /^(file|dir|folders?|root)$/i.test(name);

/** @param {import('commander').Command} program with all its commands */
export function ldmCompletion(program) {
  const cases = [];
  const walk = (command, name) => {
    const options = command.options.map((one) => one.long);
    const commands = command.commands.map((one) => one.name());
    if (name === '') commands.push('help');
    cases.push(
      `    ${JSON.stringify(name)}) words=${JSON.stringify([...commands, ...options, '--help'].join(' '))} ;;`,
    );
    for (const one of command.commands) walk(one, [name, one.name()].filter(Boolean).join(' '));
  };
  walk(program, '');
  const groups = allCommands(program).filter((one) => one.commands.length > 0 && one.parent);
  const options = allCommands(program).flatMap((one) => one.options);
  const values = options.filter((one) => one.required || one.optional);
  const names = program.commands.map((one) => one.name());
  return script('ldm', {
    values,
    // The longest command name in the words so far.
    find: `  local command= group=
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${[...names].join(' | ')}) [ -n "$command" ] || command=\${COMP_WORDS[i]} ;;
${groups
  .map(
    (one) =>
      `      ${one.commands.map((sub) => sub.name()).join(' | ')}) [ "$command" != ${one.name()} ] || command="${one.name()} \${COMP_WORDS[i]}" ;;`,
  )
  .join('\n')}
    esac
  done
  case $command in
${cases.join('\n')}
  esac`,
  });
}

/** @param optionTable as in src/ldminfod/options/option-table.ts */
export function ldminfodCompletion(optionTable) {
  const options = Object.entries(optionTable).map(([name, { value }]) => ({ long: `--${name}`, flags: `<${value}>` }));
  const flags = ['--config', '--inetd', '--permanent', '--reason', '--verbose', '--version', '--help'];
  return script('ldminfod', {
    values: [...options, { long: '--config', flags: '<FILE>' }, { long: '--reason', flags: '<TEXT>' }],
    find: `  words="drain undrain status ${[...options.map((one) => one.long), ...flags].join(' ')}"`,
  });
}

function script(program, { values, find }) {
  const longs = (some) => [...new Set(some.map((one) => one.long))].join(' | ') || '""';
  const valueName = (one) => /[<[]([^>\].]+)/.exec(one.flags)?.[1] ?? '';
  const paths = values.filter((one) => isPath(valueName(one)));
  const chosen = values.filter((one) => one.argChoices);
  const others = values.filter((one) => !paths.includes(one) && !chosen.includes(one));
  return `# bash completion for ${program}; made by scripts/manuals.mjs
_${program}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words=
  case $before in
    ${longs(paths)}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
${chosen.map((one) => `    ${one.long}) mapfile -t COMPREPLY < <(compgen -W '${one.argChoices.join(' ')}' -- "$word"); return ;;\n`).join('')}    ${longs(others)}) return ;;
  esac
${find}
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _${program} ${program}
`;
}

function allCommands(command) {
  return [command, ...command.commands.flatMap(allCommands)];
}
