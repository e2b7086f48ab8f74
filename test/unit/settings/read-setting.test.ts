import { describe, expect, it } from 'vitest';
import { readSetting } from '../../../src/settings/read-setting.js';
import { Partly, type Setting, setting } from '../../../src/settings/setting.js';

const definition: Setting<string> = setting({
  variable: 'LDM_X',
  meaning: 'an example',
  accepted: 'a or b',
  defaultValue: 'default',
  parse: (text) => (/^[ab]$/.test(text) ? text : undefined),
});
const safe = { value: 'safe', effect: 'nobody may log in' };
const origin = { file: '/etc/lts.conf', line: 7, section: 'default' };
const read = (text: string | null | undefined, more: Partial<Setting<string>> = {}) =>
  readSetting({ ...definition, ...more }, text, origin);
const replaced = { kind: 'replaced', origin };

describe('the text of a setting', () => {
  it.each([[undefined], [''], ['  ']])('counts as unset if it is %j', (text) => {
    const unset = { value: 'default', source: { kind: 'default' }, problems: [] };
    expect(read(text)).toEqual(unset);
    expect(read(text, { safe, secret: true })).toEqual(unset);
  });

  it('sets the value, without the blanks around it', () => {
    expect(read(' a ')).toEqual({ value: 'a', source: { kind: 'set', origin, text: 'a' }, problems: [] });
  });

  it('is replaced by the default if it is invalid', () => {
    expect(read(' c ')).toEqual({
      value: 'default',
      source: replaced,
      problems: [
        {
          code: 'invalid-value',
          severity: 'warning',
          variable: 'LDM_X',
          value: 'c',
          accepted: 'a or b',
          origin,
          text: 'LDM_X: invalid value "c" (expected a or b); the default is used',
        },
      ],
    });
  });

  it('is replaced by the safe value where there is one', () => {
    const { value, source, problems } = read('c', { safe });
    expect({ value, source }).toEqual({ value: 'safe', source: replaced });
    expect(problems.map(({ text }) => text)).toEqual(['LDM_X: invalid value "c" (expected a or b); nobody may log in']);
  });

  it('is replaced without a second report if its line cannot be read', () => {
    expect(read(null)).toEqual({ value: 'default', source: replaced, problems: [] });
  });

  it('is replaced with a report of what follows if its line cannot be read and there is a safe value', () => {
    expect(read(null, { safe })).toEqual({
      value: 'safe',
      source: replaced,
      problems: [
        {
          code: 'invalid-value',
          severity: 'warning',
          variable: 'LDM_X',
          accepted: 'a or b',
          origin,
          text: 'LDM_X: the line cannot be read; nobody may log in',
        },
      ],
    });
  });

  it('is a secret with its blanks, and is never shown', () => {
    const parse = (text: string) => (text === ' a ' ? text : undefined);
    expect(read(' a ', { secret: true, parse })).toEqual({
      value: ' a ',
      source: { kind: 'set', origin, text: '[secret]' },
      problems: [],
    });
    const { problems } = read('s3cret', { secret: true, parse });
    expect(problems).toMatchObject([{ value: '[secret]' }]);
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });

  it('is used in part, with a report of each other part', () => {
    const parse = () =>
      new Partly(
        'a',
        [
          { severity: 'warning', part: 'c' },
          { severity: 'info', part: 'd', reason: 'it is old' },
        ],
        'a only',
      );
    expect(read('a c d', { safe, parse })).toEqual({
      value: 'a',
      source: { kind: 'set', origin, text: 'a only' },
      problems: [
        {
          code: 'invalid-value',
          severity: 'warning',
          variable: 'LDM_X',
          value: 'c',
          accepted: 'a or b',
          origin,
          text: 'LDM_X: "c" is left out (expected a or b)',
        },
        {
          code: 'ssh-option',
          severity: 'info',
          variable: 'LDM_X',
          value: 'd',
          origin,
          text: 'LDM_X: "d" is left out (it is old)',
        },
      ],
    });
  });
});
