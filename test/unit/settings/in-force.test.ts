import { expect, it } from 'vitest';
import { settingsInForce } from '../../../src/settings/in-force.js';
import { readSettings, settingsTable } from '../../../src/settings/settings.js';

const current = (variables: Readonly<Record<string, string>>) => {
  const all = settingsInForce(readSettings(variables));
  return (variable: string) => all.find((one) => one.variable === variable);
};

it('lists every setting in the order of the manual, then the menu entries that are set', () => {
  const variables = settingsInForce(readSettings({ LDM_MENU_COMMAND_1: 'x' })).map(({ variable }) => variable);
  expect(variables).toEqual([...Object.values(settingsTable).map(({ variable }) => variable), 'LDM_MENU_COMMAND_1']);
});

it('shows a default in words where it has some', () => {
  const one = current({});
  expect(one('LDM_BALANCE')).toEqual({
    variable: 'LDM_BALANCE',
    value: 'random, or listed where get_hosts gives the list',
    origin: undefined,
  });
  expect(one('LDM_HOST_KEYS')).toEqual({ variable: 'LDM_HOST_KEYS', value: 'strict', origin: undefined });
});

it('shows a value as it is set, without a password', () => {
  const one = current({ LDM_SERVER: ' a  b ', LDM_PASSWORD: 's3cret', LDM_MENU_COMMAND_1: 'mail --password s3cret' });
  const origin = 'environment';
  expect(one('LDM_SERVER')).toEqual({ variable: 'LDM_SERVER', value: 'a  b', origin });
  expect(one('LDM_PASSWORD')).toEqual({ variable: 'LDM_PASSWORD', value: null, origin });
  expect(one('LDM_MENU_COMMAND_1')).toEqual({
    variable: 'LDM_MENU_COMMAND_1',
    value: 'mail --password [secret]',
    origin,
  });
});

it('shows what replaces an invalid value', () => {
  const one = current({ LDM_PROBE_TIMEOUT: 'soon', LDM_USER_ALLOW: ',' });
  const replaced = { origin: 'environment', replaced: true };
  expect(one('LDM_PROBE_TIMEOUT')).toEqual({ variable: 'LDM_PROBE_TIMEOUT', value: '2', ...replaced });
  expect(one('LDM_USER_ALLOW')).toEqual({ variable: 'LDM_USER_ALLOW', value: 'nobody may log in', ...replaced });
});

it('shows what LDM_SSHOPTIONS sets, times in seconds', () => {
  const one = current({
    LDM_SSHOPTIONS: '-p 2022 -o ConnectTimeout=7 -o ServerAliveInterval=20 -o "UserKnownHostsFile /a /b"',
  });
  const through = { origin: 'environment', through: 'LDM_SSHOPTIONS' };
  const files = '/a /b /etc/ssh/ssh_known_hosts /etc/ldm/known_hosts.d';
  expect(one('SSH_OVERRIDE_PORT')).toEqual({ variable: 'SSH_OVERRIDE_PORT', value: '2022', ...through });
  expect(one('LDM_CONNECT_TIMEOUT')).toEqual({ variable: 'LDM_CONNECT_TIMEOUT', value: '7', ...through });
  expect(one('LDM_SESSION_TIMEOUT')).toEqual({ variable: 'LDM_SESSION_TIMEOUT', value: '60', ...through });
  expect(one('LDM_KNOWN_HOSTS')).toEqual({ variable: 'LDM_KNOWN_HOSTS', value: files, ...through });
});
