import { expect, it } from 'vitest';
import { canonicalLocale } from '../../../src/shared/locale.js';

it.each([
  ['de_DE.utf8', 'de_DE.UTF-8'],
  [' de_DE.UTF-8\n', 'de_DE.UTF-8'],
  ['sr_RS.utf8@latin', 'sr_RS.UTF-8@latin'],
  ['de_DE.ISO-8859-1', 'de_DE.ISO-8859-1'],
  ['C', 'C'],
])('the locale %j is %s', (written, locale) => {
  expect(canonicalLocale(written)).toBe(locale);
});
