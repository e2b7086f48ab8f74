import { describe, expect, it } from 'vitest';
import { errorCode, errorMessage, errorStack, isMissing } from '../../../src/shared/errors.js';

const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });

describe('what was thrown', () => {
  it('has a code where it is an error with one', () => {
    expect([missing, Object.assign(new Error(), { code: 5 }), new Error(), 'ENOENT', null].map(errorCode)).toEqual([
      'ENOENT',
      '5',
      undefined,
      undefined,
      undefined,
    ]);
    expect([missing, new Error('ENOENT')].map(isMissing)).toEqual([true, false]);
  });

  it('has a message, whatever it is', () => {
    expect([missing, 'text', undefined].map(errorMessage)).toEqual(['no such file', 'text', 'undefined']);
  });

  it('is logged with the place where it was thrown, and with all its causes', () => {
    const error = new Error('outer', { cause: new Error('middle', { cause: 'inner' }) });
    expect(errorStack(error)).toMatch(
      /^Error: outer\n {4}at [\s\S]*\nCaused by: Error: middle\n {4}at [\s\S]*\nCaused by: inner$/,
    );
    expect(errorStack(7)).toBe('7');
  });
});
