import { expect, it } from 'vitest';
import { problemsIn } from '../../../scripts/phrases.mjs';

it('the phrase lint finds a phrase in any case, with its line and a better one', () => {
  expect(problemsIn('fine\nSeldom, and anew')).toEqual([
    { line: 2, found: 'anew', better: 'again' },
    { line: 2, found: 'Seldom', better: 'rarely' },
  ]);
});

it.each(['cannot be\nhad', 'cannot\n * be had', 'cannot be\n# had', 'cannot be\n  // had'])(
  'the phrase lint finds a phrase across a line end: %j',
  (text) => {
    expect(problemsIn(text).map(({ better }) => better)).toContain('is unavailable');
  },
);

it.each(['renewal', 'a learner', 'the color', 'scripts/catalogues.mjs', 'there is none that'])(
  'the phrase lint accepts %s',
  (text) => {
    expect(problemsIn(text)).toEqual([]);
  },
);
