import { describe, expect, it } from 'vitest';
import { parseConfigFile } from '../../../src/ldminfod/options/config-file.js';
import { refusal } from '../support/options-refusal.js';

const read = (text: string) => [...parseConfigFile(text, 'test.conf')].map(([name, { text: value }]) => [name, value]);

describe('the configuration file of ldminfod', () => {
  it('has a value on each line that is not empty and not a comment', () => {
    expect(read('\n# ours\nport = 1\r\n  capacity=2  \n\t# theirs\n')).toEqual([
      ['port', '1'],
      ['capacity', '2'],
    ]);
  });

  it.each([
    ['"rate --fast"', 'rate --fast'],
    ['echo "1"', 'echo "1"'],
    ['"a b" c', '"a b" c'],
    ['A=1 rate', 'A=1 rate'],
  ])('means with %s the value %s', (written, value) => {
    expect(read(`rating-command = ${written}`)).toEqual([['rating-command', value]]);
  });

  it('knows the place of each value', () => {
    expect(parseConfigFile('\nport = 1', 'test.conf').get('port')).toEqual({
      text: '1',
      place: 'test.conf:2: port',
      code: 'config',
    });
  });

  it.each([
    ['prot = 1', 'test.conf:1: unknown option "prot" (expected one of port, listen, '],
    ['constructor = 1', 'test.conf:1: unknown option "constructor"'],
    ['port', 'test.conf:1: invalid line "port" (expected NAME = VALUE)'],
    ['ssh port = 1', 'test.conf:1: invalid line "ssh port = 1"'],
    ['= 1', 'test.conf:1: invalid line "= 1"'],
    ['port =', 'test.conf:1: port has no value'],
    ['port = ""', 'test.conf:1: port has no value'],
    ['port = 1\nport = 2', 'test.conf:2: port is set twice'],
  ])('is refused with %j', (text, message) => {
    const { code, message: said } = refusal(() => parseConfigFile(text, 'test.conf'));
    expect(code).toBe('config');
    expect(said.startsWith(message)).toBe(true);
  });
});
