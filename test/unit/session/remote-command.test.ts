import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentsCommand, defaultPick, desktopCommand, quoteWord } from '../../../src/session/remote-command.js';

const nothing = {
  xsession: undefined,
  session: undefined,
  language: undefined,
  forceSession: undefined,
  forceLanguage: undefined,
};

/** Of a user without profiles, who has a session bus. */
const env = { PATH: '/usr/bin:/bin', HOME: '/nowhere', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };

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

  it('gives every login shell one fixed line, whatever was picked', () => {
    const nasty = { kind: 'named', name: `a'b "c" $(touch /tmp/never) \\`, exec: '!!; rm -rf ~' } as const;
    expect(desktopCommand({ session: nasty, language: 'de_DE.UTF-8' }, nothing, 'pc01').line).toBe(
      desktopCommand(defaultPick, nothing, 'pc02').line,
    );
  });

  it.each(['/bin/sh', '/bin/bash', '/usr/bin/tcsh', '/usr/bin/fish'].filter((shell) => existsSync(shell)))(
    'brings the script and its words through %s as the login shell',
    (shell) => {
      const session = `echo a'b "c" $(touch /tmp/never) ; x \\ !!`;
      const { line, input } = desktopCommand(defaultPick, { ...nothing, xsession: '/bin/echo', session }, 'pc01');
      const options = { encoding: 'utf8', input, env } as const;
      expect(execFileSync(shell, ['-c', line], options)).toBe(`${session}\n`);
    },
  );

  it('says on standard error that the server has no Xsession, with code 127', () => {
    const { line, input } = desktopCommand(defaultPick, { ...nothing, xsession: '/nowhere/Xsession' }, 'pc01');
    const { status, stderr } = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', input, env });
    expect(status).toBe(127);
    expect(stderr).toContain('no Xsession on this server: /nowhere/Xsession');
  });

  it('starts nothing of a script that was cut on the way', () => {
    const { line, input = '' } = desktopCommand(defaultPick, { ...nothing, xsession: '/bin/echo' }, 'pc01');
    for (const part of [0.2, 0.5, 0.9, 0.95, 0.98, 0.999]) {
      const cut = input.slice(0, Math.floor(input.length * part));
      const { stdout } = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', input: cut, env });
      expect(stdout).toBe('');
    }
  });

  it('refuses control characters in the names of sessions', () => {
    expect(() => desktopCommand(defaultPick, { ...nothing, session: 'a\nb' }, 'pc01')).toThrow(RangeError);
  });
});
