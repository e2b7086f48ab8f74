import { describe, expect, it } from 'vitest';
import { Partly } from '../../../src/settings/setting.js';
import { settingsTable } from '../../../src/settings/settings.js';
import { menuVariablesOf, readMenu } from '../../../src/settings/tables/menu-settings.js';
import { valueText } from '../../../src/settings/value-text.js';
import { listOf, locale, seconds, wholeNumber, words, yesOrNo } from '../../../src/settings/values.js';

type Key = keyof typeof settingsTable;
const parse = (key: Key, text: string): unknown => settingsTable[key].parse(text);
const long = (length: number): string => 'x'.repeat(length);

describe('the value of a setting', () => {
  it.each<[Key, string, unknown]>([
    ['greeting', 'one\\ntwo\\nthree', 'one\ntwo\nthree'],
    ['serverMacs', 'app1=52:54:00:AB:cd:56', new Map([['app1', '52:54:00:ab:cd:56']])],
    [
      'serverMacs',
      'a=52-54-00-12-34-56 b=52:54:00:12:34:57',
      new Map([
        ['a', '52:54:00:12:34:56'],
        ['b', '52:54:00:12:34:57'],
      ]),
    ],
    ['screenOff', '0', 0],
    ['screenOff', '540', 540],
    ['xkbVariant', 'nodeadkeys, ,bepo_latin9', ['nodeadkeys', '', 'bepo_latin9']],
    ['xkbVariant', long(60), [long(60)]],
    ['xkbModel', 'pc105-x', 'pc105-x'],
    ['xkbModel', long(60), long(60)],
    ['xkbModel', 'p', 'p'],
    ['xkbOptions', 'grp:alt_shift_toggle, compose:ralt', ['grp:alt_shift_toggle', 'compose:ralt']],
    ['xkbOptions', long(100), [long(100)]],
    ['xkbLayout', 'us,de(nodeadkeys)', ['us', 'de(nodeadkeys)']],
    ['keyboardLayouts', 'us de', ['us', 'de']],
    ['theme', 'my-theme_2', 'my-theme_2'],
    ['theme', long(60), long(60)],
    ['theme', '/srv/theme', '/srv/theme'],
    ['logLevel', '0', 0],
    ['logLevel', '7', 7],
    ['clockFormat', ' <b>%x</b>, <SPAN size="x">%H:%M</SPAN> ', '%x, %H:%M'],
    ['clockFormat', long(200), long(200)],
    ['serverSrv', '_ldm._tcp.school.example', '_ldm._tcp.school.example'],
    ['serverSrv', 'ldm', 'ldm'],
    ['serverSrv', 'LDM.Example.', 'LDM.Example.'],
    ['serverSrv', `${long(63)}.a`, `${long(63)}.a`],
    ['sshfpResolvers', '10.0.0.1 fd00::1', ['10.0.0.1', 'fd00::1']],
    ['clientMac', '00:1A:2b:3c-4d:5e', '00:1A:2b:3c-4d:5e'],
    ['clientEnv', 'A=1  _B2=x=y\tC=', { A: '1', _B2: 'x=y', C: '' }],
    ['printerDefault', 'hp 4', 'hp 4'],
    ['hostKeys', 'Accept-New', 'accept-new'],
    ['balance', 'fixed', 'listed'],
    ['stateDir', '/var/lib/x y', '/var/lib/x y'],
    ['keyboardLayouts', 'latam(deadtilde)', ['latam(deadtilde)']],
    ['etcd', 'https://a,,b:1 c,', ['https://a:2379', '//b:1', '//c:2379']],
    ['etcdPrefix', '/ldm/', '/ldm/'],
    ['etcdPrefix', '/'.repeat(200), '/'.repeat(200)],
    ['accountName', 'guest 1', 'guest 1'],
    ['accountName', long(256), long(256)],
    ['hostToUserName', 'pc/guest', { from: 'pc', to: 'guest' }],
    ['hostToUserName', 'pc-/', { from: 'pc-', to: '' }],
    ['userAllow', 'anna,bert  carla', ['anna', 'bert', 'carla']],
    ['xsession', '/etc/X11/Xsession', '/etc/X11/Xsession'],
  ])('%s takes %j', (key, text, value) => {
    expect(parse(key, text)).toEqual(value);
  });

  it.each<[Key, ...string[]]>([
    ['xkbVariant', 'a b', 'a,!', '!a', 'a!', long(61)],
    ['xkbModel', '', '-a', 'a b', '!a', 'a!', long(61)],
    ['xkbOptions', '', ':a', 'a b', '!a', 'a!', 'a,', long(101)],
    ['xkbLayout', '', '1us', 'us(', 'us()', 'us(a)b', '(a)', `us(${long(61)})`, long(42)],
    ['theme', '', 'a b', '!a', 'a!', '../x', long(61)],
    ['logLevel', '', '8', '-1', '77', 'x7', '7x'],
    ['clockFormat', '', '<b></b>', 'a\u0007', long(201)],
    ['serverSrv', '', '.', 'a..b', '.a', 'a b', '!a', 'a!', `${long(64)}.a`, `a.${long(64)}`, 'a..'],
    ['serverSrv', Array.from({ length: 64 }, () => 'abc').join('.')],
    ['sshfpResolvers', '', 'dns.example'],
    [
      'clientMac',
      '',
      '00:1a:2b:3c:4d',
      '00:1a:2b:3c:4d:5e:6f',
      'x00:1a:2b:3c:4d:5e',
      '00:1a:2b:3c:4d:5g',
      '001a2b3c4d5e',
    ],
    ['serverMacs', '', 'app1', '=52:54:00:12:34:56', 'app1=52:54:00:12:34', 'app1=52:54:00:12:34:5g'],
    ['screenOff', '541', '-1', '1.5'],
    ['clientEnv', 'A', '1A=2', 'A=1 B', 'A=1 =2', 'A-B=1', `${long(101)}=1`, 'A=\u0001'],
    ['printerDefault', 'a\nb'],
    ['hostKeys', '', 'no', 'strict '],
    ['stateDir', 'var', '/a\nb'],
    ['keyboardLayouts', 'us 1de', '1de us'],
    ['etcd', '', ',', 'ftp://a'],
    ['etcdPrefix', '', '/a b', ' /a', '/a ', '/'.repeat(201)],
    ['accountName', '', '-oProxyCommand=x', 'a\u0007', '\u0007a', 'a\u2028b', 'a\u2029', 'a\ud800', long(257)],
    ['hostToUserName', '', 'pc', '/guest', 'pc/a/b', 'pc 1/guest', 'pc/guest 1', ' pc/guest', 'pc/guest '],
    ['userAllow', '', ' , '],
    ['xsession', 'Xsession.d', 'myXsession'],
  ])('%s refuses what it cannot mean', (key, ...texts) => {
    for (const text of texts) expect([text, parse(key, text)]).toEqual([text, undefined]);
  });

  it('is a list of the words that can be used, and the others are named', () => {
    const parsed = listOf((word) => word.startsWith('/'))(' /a  b\t/c d ');
    const remarks = ['b', 'd'].map((part) => ({ severity: 'warning', part }) as const);
    expect(parsed).toEqual(new Partly(['/a', '/c'], remarks, '/a /c'));
    expect(listOf(() => true)('a b')).toEqual(['a', 'b']);
    expect(listOf(() => false)('a b')).toBeUndefined();
    expect(listOf(() => true)(' ')).toBeUndefined();
    expect(words(' a \t\n b ')).toEqual(['a', 'b']);
  });

  it('is the valid hardware addresses of servers, and the others are named', () => {
    expect(parse('serverMacs', 'a=52:54:00:12:34:56 b=no')).toEqual(
      new Partly(new Map([['a', '52:54:00:12:34:56']]), [{ severity: 'warning', part: 'b=no' }], 'a=52:54:00:12:34:56'),
    );
  });

  it('is the valid endpoints of etcd, and the others are named', () => {
    expect(parse('etcd', 'ftp://a https://b,a:0,c')).toEqual(
      new Partly(
        ['https://b:2379', '//c:2379'],
        [
          { severity: 'warning', part: 'ftp://a' },
          { severity: 'warning', part: 'a:0' },
        ],
        'https://b:2379 //c:2379',
      ),
    );
  });

  it.each([
    ['y', 'yes', 'T', 'true', '1', 'ON'],
    ['n', 'no', 'F', 'false', '0', 'OFF'],
  ])('is yes or no: %s', (...texts) => {
    for (const text of texts) expect(yesOrNo(text)).toBe(texts[0] === 'y');
    for (const text of texts) expect([yesOrNo(`x${text}`), yesOrNo(`${text}x`)]).toEqual([undefined, undefined]);
  });

  it('is a time from 0.1 to 300 seconds, of which thousandths count', () => {
    expect(['0.1', '1', '2.5', '0.125', '300', '300.000'].map(seconds)).toEqual([
      100, 1_000, 2_500, 125, 300_000, 300_000,
    ]);
    for (const text of ['', '0', '0.099', '300.001', '1000', '1.', '.5', '1.0000', 'x1', '1x', '1.x', '-1', '1e2']) {
      expect([text, seconds(text)]).toEqual([text, undefined]);
    }
  });

  it('is a whole number within both bounds', () => {
    const number = wholeNumber(5, 10);
    expect(['5', '10', '0000007'].map(number)).toEqual([5, 10, 7]);
    for (const text of ['', '4', '11', '5.0', '-5', 'x5', '5x', '00000007']) expect(number(text)).toBeUndefined();
  });

  it('is a locale by its letters', () => {
    expect(['de_DE.UTF-8', 'C', 'ca@valencia', `a${long(99)}`].map(locale)).not.toContain(undefined);
    for (const text of ['', '1de', 'de DE', '!de', 'de!', '_de', `a${long(100)}`]) expect(locale(text)).toBeUndefined();
  });

  it('is written as an administrator would write it', () => {
    expect([undefined, true, false, ['a', 'b'], 7, 'text'].map(valueText)).toEqual([
      'unset',
      'yes',
      'no',
      'a b',
      '7',
      'text',
    ]);
  });
});

describe('the entries of the menu', () => {
  it('have a label and a command, in the order of their numbers', () => {
    const variables = {
      LDM_MENU_ITEM_9: ' Last ',
      LDM_MENU_COMMAND_9: 'last  --now',
      LDM_MENU_ITEM_0: 'First',
      LDM_MENU_COMMAND_0: '/usr/bin/first',
      LDM_MENU_ITEM_1: 'No command',
      LDM_MENU_COMMAND_2: 'no-label',
      LDM_MENU_ITEM_2: '  ',
      LDM_MENU_ITEM_3: 'x'.repeat(101),
      LDM_MENU_COMMAND_3: 'x',
      LDM_MENU_ITEM_4: 'a\nb',
      LDM_MENU_COMMAND_4: 'x',
      LDM_MENU_ITEM_5: 'y'.repeat(100),
      LDM_MENU_COMMAND_5: 'y',
    };
    expect(readMenu(variables)).toEqual({
      menu: [
        { label: 'First', command: ['/usr/bin/first'] },
        { label: 'y'.repeat(100), command: ['y'] },
        { label: 'Last', command: ['last', '--now'] },
      ],
      invalid: [
        { variable: 'LDM_MENU_ITEM_3', label: 'x'.repeat(101) },
        { variable: 'LDM_MENU_ITEM_4', label: 'a\nb' },
      ],
    });
    expect(readMenu({})).toEqual({ menu: [], invalid: [] });
  });

  it('are told as they are set', () => {
    const variables = { LDM_MENU_ITEM_1: ' One ', LDM_MENU_COMMAND_0: 'zero', LDM_MENU_ITEM_2: ' ', OTHER: 'x' };
    expect(menuVariablesOf(variables)).toEqual([
      { variable: 'LDM_MENU_COMMAND_0', value: 'zero' },
      { variable: 'LDM_MENU_ITEM_1', value: 'One' },
    ]);
  });
});
