import { describe, expect, it } from 'vitest';
import { globMatches, isGlob } from '../../../src/shared/glob.js';

describe('a shell pattern', () => {
  it.each<[string, string[], string[]]>([
    ['', [''], ['a']],
    ['*', ['', 'a', 'abc'], []],
    ['**a', ['a', 'ba', 'aa'], ['', 'b']],
    ['a**?***', ['ab', 'abcd'], ['a', 'ba']],
    ['a*', ['a', 'ab'], ['', 'ba']],
    ['*a', ['a', 'ba', 'aba'], ['ab', '']],
    ['a*b*c', ['abc', 'axxbyyc', 'abbc', 'abcbc'], ['ab', 'acb', 'abcd', 'xabc']],
    ['a?c', ['abc', 'a*c', 'a😀c'], ['ac', 'abbc']],
    ['[abc]', ['a', 'c'], ['d', '', 'ab']],
    ['[a-c]x', ['ax', 'cx', 'bx'], ['dx', '-x', 'x']],
    ['[!a-c]', ['d', '!'], ['a', 'c', '']],
    ['[^a]', ['b', '^'], ['a']],
    ['[]a]', [']', 'a'], ['[', 'b']],
    ['[!]a]', ['b', '['], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[-a]', ['a', '-'], ['b']],
    ['[a', ['[a'], ['a', 'xa']],
    ['[a-', ['[a-'], ['a']],
    ['x[', ['x['], ['x']],
    ['[[:digit:]]', ['0', '9'], ['a', ':', '[', 'd']],
    ['[a[:digit:]]', ['a', '0'], ['b', ':', 'd']],
    ['[[:alpha:]_]', ['a', 'Z', '_'], ['1', '-']],
    ['[[:alnum:]]', ['a', 'Z', '5'], ['_']],
    ['[[:xdigit:]]', ['f', 'A', '5'], ['g']],
    ['[[:punct:]]', ['!', '~', '@', '['], ['a', '1', ' ']],
    ['[[:space:]]', [' ', '\t'], ['a']],
    ['[[:odd:]]', ['o]', '[]', ':]'], ['o', 'x]']],
    ['\\*', ['*'], ['a', '\\*', '']],
    ['\\a', ['a'], ['\\a']],
    ['a\\', ['a\\'], ['a']],
    ['\\[a]', ['[a]'], ['a']],
  ])('%j', (pattern, matching, others) => {
    expect(matching.filter((text) => !globMatches(pattern, text))).toEqual([]);
    expect(others.filter((text) => globMatches(pattern, text))).toEqual([]);
  });

  it('is one by its characters', () => {
    expect(['a*', '?', '[a]', 'x[y'].map(isGlob)).toEqual([true, true, true, true]);
    expect(['a', 'a]', '', 'a-b'].map(isGlob)).toEqual([false, false, false, false]);
  });
});
