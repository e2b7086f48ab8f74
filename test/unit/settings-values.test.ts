import { describe, expect, it } from 'vitest';
import { parseEtcdEndpoints, withScheme } from '../../src/protocol/etcd-endpoints.js';
import { sshdRefusal } from '../../src/protocol/sshd-refusal.js';
import { isKnownVariable, nearestSetting } from '../../src/settings/known-variables.js';
import { pickAddress } from '../../src/settings/own-address.js';
import { Partly } from '../../src/settings/setting.js';
import { settingsTable } from '../../src/settings/settings.js';
import { menuVariablesOf, readMenu } from '../../src/settings/tables/menu-settings.js';
import { valueText } from '../../src/settings/value-text.js';
import { listOf, locale, seconds, wholeNumber, words, yesOrNo } from '../../src/settings/values.js';
import { LogLimiter } from '../../src/shared/log/log-limit.js';
import { canonicalHost, parseServerAddress, serverKey } from '../../src/shared/server-address.js';

type Key = keyof typeof settingsTable;
const parse = (key: Key, text: string): unknown => settingsTable[key].parse(text);
const long = (length: number): string => 'x'.repeat(length);

describe('the value of a setting', () => {
  it.each<[Key, string, unknown]>([
    ['greeting', 'one\\ntwo\\nthree', 'one\ntwo\nthree'],
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
    ['clientEnv', 'A', '1A=2', 'A=1 B', 'A=1 =2', 'A-B=1', `${long(101)}=1`, 'A=\u0001'],
    ['printerDefault', 'a\nb'],
    ['hostKeys', '', 'no', 'strict '],
    ['stateDir', 'var', '/a\nb'],
  ])('%s refuses what it cannot mean', (key, ...texts) => {
    for (const text of texts) expect([text, parse(key, text)]).toEqual([text, undefined]);
  });

  it('is a list of the words that can be used, and the others are named', () => {
    const parsed = listOf((word) => word.startsWith('/'))(' /a  b\t/c d ');
    if (!(parsed instanceof Partly)) throw new Error('not partly');
    expect(parsed).toMatchObject({ value: ['/a', '/c'] });
    expect(JSON.stringify(parsed)).toContain('"b"');
    expect(JSON.stringify(parsed)).toContain('"d"');
    expect(listOf(() => true)('a b')).toEqual(['a', 'b']);
    expect(listOf(() => false)('a b')).toBeUndefined();
    expect(listOf(() => true)(' ')).toBeUndefined();
    expect(words(' a \t\n b ')).toEqual(['a', 'b']);
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

describe('events that a stranger causes', () => {
  it('are logged one by one up to the limit of a period, and then counted', () => {
    let now = 0;
    const seen: (string | number)[] = [];
    const limiter = new LogLimiter(
      { events: 2, withinMs: 1_000 },
      () => now,
      (count) => seen.push(count),
    );
    const log = (name: string): void => limiter.log(() => seen.push(name));
    for (const name of ['a', 'b', 'c', 'd']) log(name);
    expect(seen).toEqual(['a', 'b']);
    now = 999;
    log('e');
    now = 1_000;
    log('f');
    expect(seen).toEqual(['a', 'b', 3, 'f']);
    limiter.flush();
    expect(seen).toEqual(['a', 'b', 3, 'f']);
    log('g');
    log('h');
    limiter.flush();
    limiter.flush();
    expect(seen).toEqual(['a', 'b', 3, 'f', 'g', 1]);
  });
});

describe('addresses', () => {
  const one = (family: 'IPv4' | 'IPv6', address: string) => ({ family, address });

  it('of this client are one from the network, IPv4 first, or the IPv4 address that it gave itself', () => {
    const [own, v4] = [one('IPv4', '169.254.1.2'), one('IPv4', '10.0.0.7')];
    const [link, v6] = [one('IPv6', 'FE80::1'), one('IPv6', 'fd00::7')];
    expect(pickAddress([link, own, v6, v4])).toEqual({ address: '10.0.0.7', isFromNetwork: true });
    expect(pickAddress([link, own, v6])).toEqual({ address: 'fd00::7', isFromNetwork: true });
    expect(pickAddress([link, own])).toEqual({ address: '169.254.1.2', isFromNetwork: false });
    expect(pickAddress([link])).toEqual({ address: null, isFromNetwork: false });
    expect(pickAddress([one('IPv6', 'fd00::fe80')])).toEqual({ address: 'fd00::fe80', isFromNetwork: true });
    expect(pickAddress([])).toEqual({ address: null, isFromNetwork: false });
  });

  it.each<[string, string, number]>([
    ['app1', 'app1', 22],
    ['app1:1', 'app1', 1],
    ['app1:65535', 'app1', 65_535],
    ['[fd00::1]', 'fd00::1', 22],
    ['[fd00::1]:2222', 'fd00::1', 2_222],
    ['fd00::1', 'fd00::1', 22],
    ['10.0.0.1:23', '10.0.0.1', 23],
    ['1.example', '1.example', 22],
  ])('%s of a server is the host %s with the port %d', (text, host, port) => {
    expect(parseServerAddress(text, 22)).toMatchObject({ name: text, host, port });
  });

  it.each([
    '',
    ':22',
    'app1:',
    'app1:0',
    'app1:65536',
    'app1:x',
    'x[fd00::1]',
    '[fd00::1]x',
    '[app1]',
    '[]',
    '10.0.0.300',
  ])('%j names no server', (text) => {
    expect(parseServerAddress(text, 22)).toBeUndefined();
  });

  it('are the same server in another spelling, and are told apart by their port', () => {
    const key = (text: string): string => {
      const server = parseServerAddress(text, 22);
      return server === undefined ? '' : serverKey(server);
    };
    expect(key('App1.Example.')).toBe('app1.example 22');
    expect(key('[FD00:0::1]:23')).toBe('fd00::1 23');
    expect(canonicalHost('fe80:0::1%eth0')).toBe('fe80:0::1%eth0');
    expect(canonicalHost('::FFFF:10.0.0.1')).toBe('::ffff:10.0.0.1');
    expect(canonicalHost('App1')).toBe('App1');
  });

  it('of etcd are read as people write them', () => {
    expect(parseEtcdEndpoints('etcd1, etcd2:1 [fd00::1]:2 HTTPS://etcd3/ http://etcd4:5// etcd1')).toEqual([
      '//etcd1:2379',
      '//etcd2:1',
      '//[fd00::1]:2',
      'https://etcd3:2379',
      'http://etcd4:5',
    ]);
    for (const text of ['', ' , ', 'a b!', 'ftp://a', 'http://a/b', 'http:///', 'xhttp://a']) {
      expect([text, parseEtcdEndpoints(text)]).toEqual([text, undefined]);
    }
    const three = ['//a:1', 'http://b:2', 'https://c:3'];
    expect(withScheme(three, true)).toEqual(['https://a:1', 'http://b:2', 'https://c:3']);
    expect(withScheme(three, false)).toEqual(['http://a:1', 'http://b:2', 'https://c:3']);
  });
});

describe('the name of a variable', () => {
  it('is known where a setting, the classic or LTSP has it', () => {
    const known = ['LDM_SERVER', 'LDM_MENU_ITEM_3', 'LDM_MENU_COMMAND_9', 'SCREEN_07', 'SCREEN_DEFAULT', 'LC_ALL'];
    expect(
      [...known, 'SCREEN_02_LDM_SERVER', 'X_MODE_1', 'RDP_SERVER_01'].filter((name) => !isKnownVariable(name)),
    ).toEqual([]);
    const unknown = ['LDM_SERVERS', 'LDM_MENU_ITEM_', 'SCREEN_7', 'XSCREEN_07', 'SCREEN_07X', 'LC_', 'X_MODE_12'];
    expect([...unknown, 'SCREEN_2_LDM_SERVER', 'SCREEN_0X_LDM_SERVER'].filter(isKnownVariable)).toEqual([]);
  });

  it('is perhaps that of a setting from which two letters differ', () => {
    expect(nearestSetting('LDM_SERVERS')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SRVR')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SERVERXY')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SERVERXYZ')).toBeUndefined();
    expect(nearestSetting('LDM_XXXVER')).toBeUndefined();
    expect(nearestSetting('')).toBeUndefined();
  });
});

it.each([
  ['Not allowed at this time\r\n', 'turned-away'],
  ['exceeded MaxStartups', 'busy'],
  ['Closed', undefined],
])('what sshd says in place of its banner, %j, means %s', (text, code) => {
  expect(sshdRefusal(text)).toBe(code);
});
