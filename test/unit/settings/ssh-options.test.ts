import { describe, expect, it } from 'vitest';
import { Partly } from '../../../src/settings/setting.js';
import { readSshWords } from '../../../src/settings/ssh-options/split-options.js';
import { readAlgorithms } from '../../../src/settings/ssh-options/ssh-algorithms.js';
import { keepaliveTimeoutMs, parseSshOptions } from '../../../src/settings/ssh-options/ssh-options.js';

/** What is taken, and what is remarked: severity and part. */
function read(text: string) {
  const parsed = parseSshOptions(text);
  if (!(parsed instanceof Partly)) return { taken: parsed, remarks: [] };
  return { taken: parsed.value, remarks: parsed.remarks.map(({ severity, part }) => `${severity} ${part}`) };
}

describe('options of ssh', () => {
  it.each<[string, object]>([
    ['', {}],
    ['-p 2222', { port: 2222 }],
    ['-p2222 -C', { port: 2222, compress: true }],
    ['-Cp 23', { compress: true, port: 23 }],
    ['-o Port=23', { port: 23 }],
    ['-oport=23', { port: 23 }],
    ['-o "Port 23"', { port: 23 }],
    ['-o " Port   23  "', { port: 23 }],
    [' -p  23 ', { port: 23 }],
    ["-o 'Port = 23'", { port: 23 }],
    ['-o Port="23"', { port: 23 }],
    ['-o \'Port="23"\'', { port: 23 }],
    ['-o ConnectTimeout=5', { connectTimeoutMs: 5_000 }],
    ['-o ServerAliveInterval=15', { keepaliveMs: 15_000 }],
    ['-o ServerAliveCountMax=1', { keepaliveCount: 1 }],
    ['-o ServerAliveCountMax=99', { keepaliveCount: 99 }],
    ['-o Compression=yes', { compress: true }],
    ['-o Compression=FALSE', { compress: false }],
    ['-o StrictHostKeyChecking=ask', { hostKeys: 'strict' }],
    ['-o StrictHostKeyChecking=Accept-New', { hostKeys: 'accept-new' }],
    ['-o HostKeyAlias=school.example:1', { hostKeyAlias: 'school.example:1' }],
    ['-o UserKnownHostsFile=/a', { userKnownHosts: ['/a'] }],
    ['-o "GlobalKnownHostsFile /a /b"', { globalKnownHosts: ['/a', '/b'] }],
    ['-c aes256-ctr', { ciphers: { how: 'only', names: ['aes256-ctr'] } }],
    ['-m hmac-sha2-512', { macs: { how: 'only', names: ['hmac-sha2-512'] } }],
    ['-o KexAlgorithms=^curve25519-sha256', { kex: { how: 'prepend', names: ['curve25519-sha256'] } }],
    ['-o RequiredRSASize=2048', { minRsaBits: 2_048 }],
    ['-o RequiredRSASize=16384', { minRsaBits: 16_384 }],
  ])('%j are taken', (text, taken) => {
    expect(read(text)).toEqual({ taken, remarks: [] });
  });

  it.each([
    '-p 0',
    '-p x',
    '-o ServerAliveCountMax=0',
    '-o ServerAliveCountMax=100',
    '-o ServerAliveCountMax=x1',
    '-o Compression=x',
    '-o Compression=xyes',
    '-o Compression=yesx',
    '-o Compression=xno',
    '-o Compression=nox',
    '-o StrictHostKeyChecking=x',
    '-o StrictHostKeyChecking=no',
    '-o StrictHostKeyChecking=off',
    '-o StrictHostKeyChecking=xyes',
    '-o StrictHostKeyChecking=yesx',
    '-o UserKnownHostsFile=nonex',
    '-o UserKnownHostsFile=xnone',
    '-o ProxyCommand=nonesuch',
    '-o ProxyCommand=xno',
    '-o !Port=23',
    '-o HostKeyAlias=a/b',
    '-o UserKnownHostsFile=/dev/null',
    '-o UserKnownHostsFile=relative',
    '-o RequiredRSASize=16385',
    '-o RequiredRSASize=2047',
    '-o RequiredRSASize=x2048',
    '-o RequiredRSASize=2048x',
    '-c aes128-cbc',
    '-c ,',
  ])('%j are left out with a warning, and nothing is taken', (text) => {
    const { taken, remarks } = read(text);
    expect(taken).toEqual({});
    expect(remarks).toEqual([`warning ${text}`]);
  });

  it.each(['-o ServerAliveInterval=0', '-o UserKnownHostsFile=NONE'])('%j mean nothing, and that is noted', (text) => {
    expect(read(text)).toEqual({ taken: {}, remarks: [`info ${text}`] });
  });

  it('count where they are said first, also where that was of no use', () => {
    expect(read('-p 23 -o Port=24')).toEqual({ taken: { port: 23 }, remarks: ['info -o Port=24'] });
    expect(read('-p x -p 24')).toEqual({ taken: {}, remarks: ['warning -p x', 'info -p 24'] });
  });

  it.each([
    ['-o StrictHostKeyChecking=no', 'host keys are always checked; ldm keys update collects them'],
    ['-o StrictHostKeyChecking=nox', 'invalid value for stricthostkeychecking'],
    ['-o StrictHostKeyChecking=xno', 'invalid value for stricthostkeychecking'],
    ['-o Cipher=blowfish', 'version 1 of ssh is not safe'],
    ['-o Protocol=1', 'version 1 of ssh is not safe'],
    ['-o "UserKnownHostsFile /a b"', 'b is not an absolute path'],
    ['-J hop', 'ldm connects to the server directly; a jump host would see who logs in'],
    ['-o ProxyJump=hop', 'ldm connects to the server directly; a jump host would see who logs in'],
    ['-o NoSuch=1', 'it is not an option of ssh'],
    ['-o constructor=1', 'it is not an option of ssh'],
    ['-o __proto__=1', 'it is not an option of ssh'],
  ])('are left out for a reason: %j', (text, reason) => {
    const parsed = parseSshOptions(text);
    if (!(parsed instanceof Partly)) throw new Error('not partly');
    expect(parsed.remarks).toMatchObject([{ severity: 'warning', reason }]);
  });

  it('may be repeated where they mean nothing', () => {
    const parsed = parseSshOptions('-v -v -p 23');
    if (!(parsed instanceof Partly)) throw new Error('not partly');
    expect(parsed.text).toBe('-p 23');
    expect(parsed.remarks.map(({ reason }) => reason)).toEqual([
      'it has no meaning for ldm',
      'it has no meaning for ldm',
    ]);
  });

  it('are taken in part, and those that count are told', () => {
    const parsed = parseSshOptions('-p 23 -c aes128-cbc,aes256-ctr -o "UserKnownHostsFile /a b" -p 24');
    if (!(parsed instanceof Partly)) throw new Error('not partly');
    expect(parsed.value).toEqual({
      port: 23,
      ciphers: { how: 'only', names: ['aes256-ctr'] },
      userKnownHosts: ['/a'],
    });
    expect(JSON.stringify(parsed)).toContain('-p 23 -c aes128-cbc,aes256-ctr -o UserKnownHostsFile /a b');
    expect(parsed.remarks.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'info']);
  });

  it('say after how much silence a session ends', () => {
    expect(keepaliveTimeoutMs({})).toBeUndefined();
    expect(keepaliveTimeoutMs({ keepaliveCount: 5 })).toBeUndefined();
    expect(keepaliveTimeoutMs({ keepaliveMs: 15_000 })).toBe(45_000);
    expect(keepaliveTimeoutMs({ keepaliveMs: 15_000, keepaliveCount: 2 })).toBe(30_000);
  });
});

describe('the words of a command line of ssh', () => {
  const said = (text: string) => readSshWords(text).map((word) => word.said);

  it('are split as a shell does', () => {
    const letters = (text: string) => readSshWords(text).map((word) => (word.kind === 'letter' ? word.value : ''));
    expect(letters('-p \'a b\'c"d e"\\ f')).toEqual(['a bcd e f']);
    expect(letters('-p "a\\"b\\\\c\\$d\\`e\\f"')).toEqual(['a"b\\c$d`e\\f']);
    expect(letters("-p 'open end")).toEqual(['open end']);
    expect(letters('-p "open end')).toEqual(['open end']);
    expect(letters('-p a\\')).toEqual(['a\\']);
    expect(letters("-p ''x -p   y")).toEqual(['x', 'y']);
  });

  it('are flags, letters with a value, options, or stray', () => {
    expect(readSshWords('-4vp 22 -oA=b -o')).toEqual([
      { kind: 'flag', letter: '4', said: '-4' },
      { kind: 'flag', letter: 'v', said: '-v' },
      { kind: 'letter', letter: 'p', value: '22', said: '-p 22' },
      { kind: 'option', name: 'A', value: 'b', said: '-o A=b' },
      { kind: 'stray', said: '-o' },
    ]);
    const value = (text: string) => readSshWords(text).map((word) => (word.kind === 'option' ? word.value : ''));
    expect(value('-o A="b c"')).toEqual(['b c']);
    expect(value('-o \'A="b c"\' -o \'A=x"b"\' -o \'A="b"x\'')).toEqual(['b c', 'x"b"', '"b"x']);
    expect(readSshWords('host - -- x-p -o novalue -o =x').map(({ kind }) => kind)).toEqual(
      Array.from({ length: 6 }, () => 'stray'),
    );
    expect(said('  ')).toEqual([]);
  });
});

describe('a list of algorithms', () => {
  it('is added, put in front or taken away by its first letter', () => {
    const list = (value: string) => readAlgorithms('ciphers', value);
    expect(list('+aes256-ctr')).toMatchObject({ list: { how: 'append', names: ['aes256-ctr'] }, leftOut: [] });
    expect(list('^aes256-ctr')).toMatchObject({ list: { how: 'prepend', names: ['aes256-ctr'] } });
    expect(list('-aes???-ctr')).toMatchObject({
      list: { how: 'remove', names: ['aes128-ctr', 'aes192-ctr', 'aes256-ctr'] },
    });
    expect(list('-none*')).toEqual({ kind: 'list', list: undefined, leftOut: [] });
    expect(list('-*')).toMatchObject({ kind: 'list', list: undefined, leftOut: [{ name: '-*' }] });
    expect(list('-aes*,chacha*,x')).toMatchObject({ list: undefined, leftOut: [{}] });
    for (const value of ['', ',', 'aes256-ctr,', '+', '-,']) expect(list(value)).toEqual({ kind: 'invalid' });
  });

  it('has nothing old and nothing unknown, and says so of each', () => {
    const read = readAlgorithms('macs', 'hmac-sha1,hmac-sha2-256,umac-64');
    if (read.kind !== 'list') throw new Error('no list');
    const { list, leftOut } = read;
    expect(list).toEqual({ how: 'only', names: ['hmac-sha2-256'] });
    expect(leftOut.map(({ name }) => name)).toEqual(['hmac-sha1', 'umac-64']);
    expect(leftOut[0]?.why).not.toBe(leftOut[1]?.why);
    expect(readAlgorithms('macs', 'hmac-md5')).toMatchObject({ list: undefined });
  });
});
