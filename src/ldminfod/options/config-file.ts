import {
  type Given,
  type GivenOptions,
  isOptionName,
  type OptionName,
  OptionsError,
  optionTable,
} from './option-table.js';

/**
 * Reads ldminfod.conf: lines `name = value` with the names of the long options. A line that starts with `#` is a
 * comment. A value may be in double quotes.
 * @throws {OptionsError} with code `config`, naming file and line
 */
export function parseConfigFile(text: string, file: string): GivenOptions {
  const given = new Map<OptionName, Given>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const place = `${file}:${index + 1}`;
    const [, name, value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new OptionsError('config', `${place}: invalid line ${JSON.stringify(line)} (expected NAME = VALUE)`);
    }
    if (!isOptionName(name)) {
      const names = Object.keys(optionTable).join(', ');
      throw new OptionsError('config', `${place}: unknown option ${JSON.stringify(name)} (expected one of ${names})`);
    }
    if (given.has(name)) throw new OptionsError('config', `${place}: ${name} is set twice`);
    const bare = value.replace(/^"(.*)"$/, '$1');
    if (bare === '') throw new OptionsError('config', `${place}: ${name} has no value`);
    given.set(name, { text: bare, place: `${place}: ${name}`, code: 'config' });
  }
  return given;
}
