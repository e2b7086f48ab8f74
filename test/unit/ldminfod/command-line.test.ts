import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/ldminfod/options/command-line.js';
import { refusal } from '../support/options-refusal.js';

describe('the command line of ldminfod', () => {
  it.each([
    [[], 'serve'],
    [['--inetd'], 'inetd'],
    [['drain'], 'drain'],
    [['undrain'], 'undrain'],
    [['status'], 'status'],
    [['-h'], 'help'],
    [['--help', 'reboot'], 'help'],
    [['--version'], 'version'],
    [['--version', '--help'], 'help'],
  ])('means with %j the command %s', (args, command) => {
    expect(parseCommandLine(args).command).toBe(command);
  });

  it('has no flag and no value that was not given', () => {
    expect(parseCommandLine(['drain'])).toEqual({
      command: 'drain',
      configFile: undefined,
      permanent: false,
      reason: '',
      verbose: false,
      given: new Map(),
    });
  });

  it('has the flags and values that were given', () => {
    const args = ['drain', '--permanent', '--reason', 'new disk', '--verbose', '--config=/x', '--port', '1'];
    expect(parseCommandLine(args)).toEqual({
      command: 'drain',
      configFile: '/x',
      permanent: true,
      reason: 'new disk',
      verbose: true,
      given: new Map([['port', { text: '1', place: '--port', code: 'usage' }]]),
    });
  });

  it.each([
    ['"reboot": unknown command (expected drain, undrain or status)', 'reboot'],
    ['"drain now": unknown command (expected drain, undrain or status)', 'drain', 'now'],
    ["Unknown option '--no-such'", '--no-such'],
    ['argument missing', '--port'],
  ])('is refused with the message %j', (message, ...args) => {
    const { code, message: said } = refusal(() => parseCommandLine(args));
    expect(code).toBe('usage');
    expect(said).toContain(message);
  });
});
