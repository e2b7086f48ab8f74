import type { Command } from 'commander';
import { type InForce, settingsInForce } from '../settings/in-force.js';
import { wholeReader } from '../settings/load.js';
import { type Origin, placeText, problemLine, type SettingsProblem } from '../settings/problem.js';
import type { Settings } from '../settings/settings.js';
import { setWithoutEffect } from '../settings/tables/classic-variables.js';
import { cleanLine } from '../shared/plain-text.js';
import { type ConfigOption, configOption } from './common/config-option.js';
import { exitCode } from './common/exit-codes.js';
import { needsRepair, problemsOf } from './common/settings-problems.js';

interface SettingsOptions extends ConfigOption {
  readonly json?: true;
  readonly check?: true;
}

export function addSettingsCommand(program: Command): void {
  program
    .command('settings')
    .summary('show the current settings and their problems')
    .description(
      'Shows the current settings, the source of each, and every problem with file and line. Passwords are not shown.',
    )
    .option(...configOption)
    .option('--json', 'print JSON instead of the table')
    .option('--check', 'exit with code 78 if there is a problem')
    .action((_options: unknown, command: Command) => {
      process.exitCode = showSettings(command.optsWithGlobals<SettingsOptions>());
    });
}

/** @returns the exit code */
function showSettings({ config, json, check }: SettingsOptions): number {
  const { settings, elsewhere } = wholeReader(config, process.env)();
  const problems = problemsOf(settings);
  process.stdout.write(json ? asJson(settings, problems, elsewhere) : asTable(settings, problems, elsewhere));
  return check && needsRepair([...problems, ...elsewhere]) ? exitCode.wrongSettings : exitCode.done;
}

type Problems = readonly SettingsProblem[];

function asJson(settings: Settings, problems: Problems, elsewhere: Problems): string {
  const whole = {
    settings: settingsInForce(settings).map(({ variable, value, origin, through, replaced }) => ({
      variable,
      value,
      ...originFields(origin),
      through: through ?? null,
      replaced: replaced ?? false,
    })),
    withoutEffect: setWithoutEffect(settings.variables).map(({ variable, reason, instead }) => ({
      variable,
      ...originFields(settings.originOf(variable)),
      reason,
      instead,
    })),
    problems: [
      ...problems.map((problem) => problemFields(problem, true)),
      ...elsewhere.map((problem) => problemFields(problem, false)),
    ],
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** `source` is `default`, `environment` or `file`; file, line and section are null unless it is a file. */
function originFields(origin: Origin | undefined) {
  if (origin === undefined || origin === 'environment') {
    return { source: origin ?? 'default', file: null, line: null, section: null };
  }
  const { file, line, section = null } = origin;
  return { source: 'file', file, line: line > 0 ? line : null, section };
}

function problemFields({ code, severity, variable, value, accepted, origin, text }: SettingsProblem, here: boolean) {
  return {
    severity,
    code,
    variable: variable ?? null,
    value: value ?? null,
    accepted: accepted ?? null,
    ...originFields(origin),
    thisClient: here,
    message: text,
  };
}

function asTable(settings: Settings, problems: Problems, elsewhere: Problems): string {
  const rows = settingsInForce(settings).map((one) => [one.variable, one.value ?? '(set, not shown)', originText(one)]);
  const all = [['VARIABLE', 'VALUE', 'FROM'], ...rows].map((row) => row.map(cleanLine));
  // A long value must not push the last column out of sight.
  const widths = [0, 1].map((column) => Math.min(50, Math.max(...all.map((row) => row[column]?.length ?? 0))));
  const table = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const repair = problems.filter(({ severity }) => severity === 'warning');
  const notes = problems.filter(({ severity }) => severity === 'info').map(problemLine);
  const without = setWithoutEffect(settings.variables).map(
    ({ variable, reason, instead }) =>
      `${placeText(settings.originOf(variable))}: ${variable}: no effect: ${reason}; instead: ${instead}`,
  );
  const lines = [
    ...table,
    ...section('Problems', repair.map(problemLine)),
    ...section('Problems in sections of other clients', elsewhere.map(problemLine)),
    ...section('Notes', [...notes, ...without]),
    ...(needsRepair([...problems, ...elsewhere]) ? [] : ['', 'No problems.']),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${cleanLine(line)}`)];
}

function originText({ origin, through, replaced }: InForce): string {
  if (origin === undefined) return 'default';
  const place = origin === 'environment' || origin.section === undefined ? '' : ` [${origin.section}]`;
  const notes = [...(through === undefined ? [] : [`by ${through}`]), ...(replaced ? ['cannot be used'] : [])];
  return `${placeText(origin)}${place}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}
