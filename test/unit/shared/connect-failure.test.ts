import { describe, expect, it } from 'vitest';
import { ResolveError } from '../../../src/servers/dns/resolve.js';
import { connectFailure } from '../../../src/shared/connect-failure.js';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNRESET', undefined],
    ['EPIPE', undefined],
    ['ERR_INVALID_ARG_TYPE', undefined],
    ['ERR_STREAM_DESTROYED', undefined],
  ])('with %s is %s', (code, failure) => {
    expect(connectFailure(withCode(code))).toBe(failure);
  });

  it('without an address has the code of the resolver', () => {
    expect(connectFailure(new ResolveError('unresolvable', 'x'))).toBe('unresolvable');
    expect(connectFailure(new ResolveError('dns-failed', 'x'))).toBe('dns-failed');
  });

  it.each([
    [['EHOSTUNREACH', 'ECONNREFUSED'], 'refused'],
    [['ENETUNREACH', 'ETIMEDOUT'], 'timeout'],
    [['ECONNREFUSED', 'unresolvable'], 'unresolvable'],
    [['EHOSTUNREACH', 'ECONNRESET'], undefined],
    [[], undefined],
  ])('at several addresses, with %j, is %s', (codes, failure) => {
    expect(connectFailure(new AggregateError(codes.map(withCode)))).toBe(failure);
  });

  it('is nothing else', () => {
    expect(connectFailure(new Error('ECONNREFUSED'))).toBeUndefined();
    expect(connectFailure('ECONNREFUSED')).toBeUndefined();
    expect(connectFailure(undefined)).toBeUndefined();
  });
});
