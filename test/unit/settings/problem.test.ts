import { describe, expect, it } from 'vitest';
import { invalidValue, placeText, problemLine, quoted, shown } from '../../../src/settings/problem.js';

describe('what is shown of a text that cannot be used', () => {
  it.each([
    ['https://ann:geheim@proxy.example/x', 'https://[secret]@proxy.example/x'],
    ['a://u@b c://v:w@d', 'a://[secret]@b c://[secret]@d'],
    ['https://proxy.example/a@b', 'https://proxy.example/a@b'],
    ['password=geheim und mehr', 'password=[secret]'],
    ['--passwd geheim', '--passwd [secret]'],
    ['passphrase : geheim', 'passphrase : [secret]'],
    ['pass geheim', 'pass [secret]'],
    ['pass   geheim', 'pass   [secret]'],
    ['LDM_PASSWORD2="geheim"', 'LDM_PASSWORD2=[secret]'],
    ['"api_token" = geheim\nnext line', '"api_token" = [secret]'],
    ["{'secret': 'geheim'}", "{'secret': [secret]"],
    ['Secret   =   geheim', 'Secret   =   [secret]'],
    ['password_file=geheim', 'password_file=[secret]'],
    ['password', 'password'],
    ['password=', 'password='],
    ['compass', 'compass'],
  ])('of %j is %j', (text, visible) => {
    expect(shown(text)).toBe(visible);
  });

  it('is cut to 200 characters, and a password is looked for in twice as many', () => {
    expect(shown('x'.repeat(200))).toBe('x'.repeat(200));
    expect(shown('x'.repeat(201))).toBe(`${'x'.repeat(200)}...`);
    expect(shown(`a://${'u'.repeat(390)}@b`)).toBe('a://[secret]@b');
    expect(shown(`a://${'u'.repeat(300)}@${'b'.repeat(1_000)}`)).toBe(`a://[secret]@${'b'.repeat(95)}`);
  });

  it('stands in quotation marks as JSON writes it', () => {
    expect(quoted('a "b"\n')).toBe('"a \\"b\\"\\n"');
    const line = invalidValue('LDM_X', 'token=geheim', 'a number', 'it is 7');
    expect(line).toContain('LDM_X');
    expect(line).toContain('"token=[secret]"');
    expect(line).toContain('a number');
    expect(line).toContain('it is 7');
  });
});

describe('the place of a problem', () => {
  it('is the file and its line, the file alone, or the environment', () => {
    expect(placeText({ file: '/etc/lts.conf', line: 7 })).toBe('/etc/lts.conf:7');
    expect(placeText({ file: '/etc/lts.conf', line: 0 })).toBe('/etc/lts.conf');
    expect(placeText('environment')).toBe('environment');
  });

  it('stands before the words, where there is one', () => {
    const problem = { code: 'unusable-file', severity: 'warning', text: 'it is odd' } as const;
    expect(problemLine({ ...problem, origin: undefined })).toBe('it is odd');
    expect(problemLine({ ...problem, origin: { file: 'f', line: 2 } })).toBe('f:2: it is odd');
  });
});
