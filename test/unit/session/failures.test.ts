import { describe, expect, it } from 'vitest';
import {
  endsLogin,
  isEarly,
  isHostKeyRefusal,
  meaningOf,
  type SessionErrorCode,
} from '../../../src/session/failures.js';
import { isDisconnect, SessionError, toSessionError } from '../../../src/session/session-error.js';

const hostKeyRefusals: readonly SessionErrorCode[] = [
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'host-key-weak',
  'host-certificate-refused',
  'host-certificate-time',
];
const ends: readonly SessionErrorCode[] = ['wrong-credentials', 'account-refused', 'not-allowed', 'cancelled'];
const movesOn: readonly SessionErrorCode[] = [
  'unresolvable',
  'dns-failed',
  'refused',
  'unreachable',
  'timeout',
  'closed',
  'busy',
  'turned-away',
  'protocol',
  'no-common-algorithm',
  'sign-in-unfinished',
  'no-method',
  'more-wanted',
  'command-refused',
  'x11-refused',
];
const all = [...hostKeyRefusals, ...ends, ...movesOn];
const those = (is: (code: SessionErrorCode) => boolean): SessionErrorCode[] => all.filter(is);

describe('the table of failures', () => {
  it('ends the login for credentials, for a refusal by this client and for Cancel alone', () => {
    expect(those(endsLogin)).toEqual(ends);
  });

  it('gives exit code 76 to host key refusals alone', () => {
    expect(those(isHostKeyRefusal)).toEqual(hostKeyRefusals);
    expect(movesOn.map((code) => meaningOf(code).exit)).toEqual(movesOn.map(() => 'noServer'));
    expect(ends.map((code) => meaningOf(code).exit)).toEqual([
      'wrongCredentials',
      'wrongCredentials',
      'wrongCredentials',
      'cancelled',
    ]);
  });

  it('demotes a server for its own failures, and neither for its key nor for what it says at once', () => {
    expect(those((code) => meaningOf(code).isDemoting)).toEqual([
      'unresolvable',
      'refused',
      'unreachable',
      'timeout',
      'closed',
      'protocol',
      'no-common-algorithm',
      'no-method',
      'more-wanted',
      'command-refused',
      'x11-refused',
    ]);
  });

  it('suspects the network of this client where nothing of the server arrived', () => {
    expect(those((code) => meaningOf(code).mayBeOwnNetwork)).toEqual([
      'unresolvable',
      'dns-failed',
      'unreachable',
      'timeout',
    ]);
  });

  it('takes the last message of a server for an explanation where the connection ended or never began', () => {
    expect(those((code) => meaningOf(code).mayBeExplained)).toEqual([
      'timeout',
      'closed',
      'protocol',
      'sign-in-unfinished',
    ]);
  });

  it('knows what can happen before a host key is shown', () => {
    expect(those(isEarly)).toEqual(movesOn.slice(0, 10));
  });
});

describe('an error on the way to a session', () => {
  const withCode = (code: string | number, message = 'it failed'): Error => Object.assign(new Error(message), { code });

  it.each([
    [withCode('unresolvable'), 'unresolvable'],
    [withCode('dns-failed'), 'dns-failed'],
    [withCode('ECONNREFUSED'), 'refused'],
    [withCode('ETIMEDOUT'), 'timeout'],
    [withCode('ECONNRESET'), 'closed'],
    [withCode('EPIPE'), 'closed'],
    [withCode('EHOSTUNREACH'), 'unreachable'],
    [withCode('ENETUNREACH'), 'unreachable'],
    [withCode('not a system error'), 'protocol'],
    [withCode('xEIO'), 'protocol'],
    [withCode('EIO1'), 'protocol'],
    [withCode(2, 'Too many users'), 'closed'],
    [new Error('Handshake failed: no matching key exchange algorithm'), 'no-common-algorithm'],
    [new Error('Handshake failed: no matching C->S cipher'), 'no-common-algorithm'],
    [new Error('Handshake failed: no matching host key format'), 'no-common-algorithm'],
    [new Error('Handshake failed: no matching S->C MAC'), 'no-common-algorithm'],
    [new Error('no matching compression'), 'protocol'],
    [new Error('Connection lost before handshake'), 'closed'],
    [new Error('the stream was closed'), 'closed'],
    [new Error('the stream has ended'), 'closed'],
    [new Error('No response from server'), 'closed'],
    [new Error('Not connected'), 'closed'],
    [new Error('Invalid identification string'), 'protocol'],
    [new AggregateError([withCode('EHOSTUNREACH'), withCode('ECONNREFUSED'), 'odd'], ''), 'refused'],
    ['a string', 'protocol'],
  ] as const)('%s becomes %s and stays its cause', (thrown, code) => {
    const error = toSessionError(thrown);
    expect(error).toMatchObject({ name: 'SessionError', code });
    expect(error.cause).toBe(thrown);
  });

  it('has the codes of all addresses for its detail where it has no text', () => {
    const thrown = new AggregateError([withCode('EHOSTUNREACH'), withCode('ETIMEDOUT')], '');
    expect(toSessionError(thrown)).toMatchObject({ code: 'timeout', detail: 'EHOSTUNREACH ETIMEDOUT' });
    expect(toSessionError('odd')).toMatchObject({ detail: 'odd' });
  });

  it('stays as it is once it is classified', () => {
    const error = new SessionError('busy', 'MaxStartups');
    expect(toSessionError(error)).toBe(error);
    expect(error.message).toBe('busy: MaxStartups');
  });

  it('is the end of a connection by the server where its code is a number', () => {
    expect(isDisconnect(withCode(11))).toBe(true);
    expect(isDisconnect(withCode('ECONNRESET'))).toBe(false);
    expect(isDisconnect(new Error('x'))).toBe(false);
    expect(isDisconnect({ code: 11 })).toBe(false);
  });
});
