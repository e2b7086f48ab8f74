import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentsCommand, desktopCommand, quoteWord } from '../../src/session/remote-command.js';

/** What a real shell makes of a command line that prints its words, each ended by a NUL. */
function wordsSeenByShell(shell: string, commandLine: string): string[] {
  const output = execFileSync(shell, ['-c', `printf '%s\\0' ${commandLine}`], { encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

describe('the remote command', () => {
  it('passes any words exactly through a real shell', () => {
    const word = fc.string({ unit: 'binary', minLength: 0, maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 5 }), (words) => {
        // Lone surrogates have no UTF-8 form, so no shell could be given them.
        fc.pre(words.every((one) => one.match(/\p{Cs}/u) === null));
        expect(wordsSeenByShell('/bin/sh', argumentsCommand(words))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a single word as a command line, as ssh does', () => {
    expect(argumentsCommand(['echo $HOME; exit 3'])).toBe('echo $HOME; exit 3');
  });

  it('refuses a NUL, which no shell can be given', () => {
    expect(() => quoteWord('a\0b')).toThrow(RangeError);
  });

  it('runs the first Xsession that the server has, with the session as its one argument', () => {
    const nasty = `a'b "c" $(touch /tmp/never) ; x`;
    const line = desktopCommand({ xsession: '/bin/echo', session: nasty });
    expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe(`${nasty}\n`);
  });

  it('says on standard error that the server has no Xsession, with code 127', () => {
    const line = desktopCommand({ xsession: '/nowhere/Xsession', session: undefined });
    expect(() => execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8', stdio: 'pipe' })).toThrow(
      /no Xsession on this server: \/nowhere\/Xsession/,
    );
  });

  it('refuses control characters in the names of sessions', () => {
    expect(() => desktopCommand({ xsession: undefined, session: 'a\nb' })).toThrow(RangeError);
  });
});
