import { expect, it } from 'vitest';
import { userNameProblemText } from '../../../src/login/sentences/user-name.js';
import { maxUserNameLength, type UserNameProblem, userNameProblem } from '../../../src/login/user-name.js';

it.each(['ann', 'ANN@school.example', 'a-', 'Ann Müller', 'x'.repeat(maxUserNameLength)])(
  'the user name %j is sent as it is',
  (name) => {
    expect(userNameProblem(name)).toBeUndefined();
  },
);

it.each<[string, UserNameProblem]>([
  ['', 'empty'],
  ['x'.repeat(maxUserNameLength + 1), 'too-long'],
  ['a\nb', 'control-characters'],
  ['a\u2028', 'control-characters'],
  ['a\u2029', 'control-characters'],
  ['\ud800', 'control-characters'],
  ['-ann', 'leading-dash'],
])('the user name %j is not sent: %s', (name, problem) => {
  expect(userNameProblem(name)).toBe(problem);
});

it('each problem of a user name has its own sentence', () => {
  const problems: readonly UserNameProblem[] = ['empty', 'too-long', 'control-characters', 'leading-dash'];
  const texts = problems.map(userNameProblemText);
  expect(new Set(texts).size).toBe(problems.length);
  expect(texts.every((text) => text.includes('user name'))).toBe(true);
  expect(texts[1]).toContain('256');
});
