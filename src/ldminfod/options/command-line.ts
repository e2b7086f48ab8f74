import { parseArgs } from 'node:util';
import { errorMessage } from '../../shared/errors.js';
import {
  type Given,
  type GivenOptions,
  isOptionName,
  type OptionName,
  OptionsError,
  optionTable,
} from './option-table.js';

/** The parsed command line. */
export interface CommandLine {
  readonly command: 'serve' | 'inetd' | 'drain' | 'undrain' | 'status' | 'help' | 'version';
  readonly configFile: string | undefined;
  readonly permanent: boolean;
  readonly reason: string;
  /** For `status`. */
  readonly verbose: boolean;
  readonly given: GivenOptions;
}

/** @throws {OptionsError} with code `usage` */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const string = { type: 'string' } as const;
  const names = Object.keys(optionTable).filter(isOptionName);
  const flag = { type: 'boolean' } as const;
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.map((name) => [name, string])),
        config: string,
        reason: string,
        inetd: flag,
        permanent: flag,
        verbose: flag,
        help: { ...flag, short: 'h' },
        version: flag,
      },
    });
  } catch (error) {
    throw new OptionsError('usage', errorMessage(error), { cause: error });
  }
  const { values, positionals } = parsed;
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const given = new Map<OptionName, Given>();
  for (const name of names) {
    const value = text(name);
    if (value !== undefined) given.set(name, { text: value, place: `--${name}`, code: 'usage' });
  }
  return {
    command:
      values.help === true
        ? 'help'
        : values.version === true
          ? 'version'
          : readCommand(positionals, values.inetd === true),
    configFile: text('config'),
    permanent: values.permanent === true,
    reason: text('reason') ?? '',
    verbose: values.verbose === true,
    given,
  };
}

function readCommand(positionals: readonly string[], inetd: boolean): CommandLine['command'] {
  const [command, ...more] = positionals;
  if (command === undefined) return inetd ? 'inetd' : 'serve';
  if (more.length === 0 && (command === 'drain' || command === 'undrain' || command === 'status')) return command;
  throw new OptionsError(
    'usage',
    `${JSON.stringify(positionals.join(' '))}: unknown command (expected drain, undrain or status)`,
  );
}
