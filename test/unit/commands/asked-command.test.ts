import { expect, it } from 'vitest';
import { askedCommand } from '../../../src/commands/asked-command.js';

const asked = (line: string): string | undefined => askedCommand(line.split(' ').filter(Boolean), 'greeter');

it('is the usual one where none is named', () => {
  expect(asked('')).toBe('greeter');
  expect(asked('--config lts.conf')).toBe('greeter');
  expect(asked('--config=lts.conf')).toBe('greeter');
});

it('is the first word that belongs to no option', () => {
  expect(asked('login --user ada --server s1')).toBe('login');
  expect(asked('--config servers login --user ada')).toBe('login');
  expect(asked('--config=x servers')).toBe('servers');
  expect(asked('no-such-command')).toBe('no-such-command');
});

it('is left open by help and by options that mean nothing', () => {
  expect(asked('--help')).toBeUndefined();
  expect(asked('-h login')).toBeUndefined();
  expect(asked('--confg x login')).toBeUndefined();
  expect(asked('-- login')).toBeUndefined();
});

it('is the usual one behind an option that lacks its value, which is told when it is read', () => {
  expect(asked('--config')).toBe('greeter');
});
