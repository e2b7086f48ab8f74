import { describe, expect, it } from 'vitest';
import { readLine, type Statement } from '../../../src/settings/files/lts-conf-line.js';

const isVariable = (name: string): boolean => ['LDM_SERVER', 'LDM_BALANCE', 'SOUND'].includes(name);
const read = (line: string): Statement[] => readLine(line, isVariable);
const section = (name: string): Statement => ({ kind: 'section', name });
const set = (variable: string, value: string): Statement => ({ kind: 'set', variable, value });
const include = (file: string): Statement => ({ kind: 'include', file });
const unreadable = (problem: string, ...variables: readonly string[]): Statement => ({
  kind: 'unreadable',
  problem,
  variables,
});
const notClosed = 'a quote is not closed';
const noStatement = 'neither [section] nor NAME=value';

describe('a line of lts.conf', () => {
  it.each(['', '  ', '# A=1', ' ; A=1', '#', ';'])('says nothing in %j', (line) => {
    expect(read(line)).toEqual([]);
  });

  it('has its statements in order', () => {
    expect(read(' [pc01] A="1" B=2 # note')).toEqual([section('pc01'), set('A', '1'), set('B', '2')]);
    expect(read('[pc01]["pc02"]A=1')).toEqual([section('pc01'), section('pc02'), set('A', '1')]);
    expect(read('A="1" ["a]b"] B=2')).toEqual([set('A', '1'), section('a]b'), set('B', '2')]);
  });

  it.each([
    ['[pc01]', 'pc01'],
    ['[ pc01 ]', 'pc01'],
    ['["pc01"]', 'pc01'],
    ['[ "pc01"\t]', 'pc01'],
    ['[" pc01 "]', 'pc01'],
    ['["a]b"]', 'a]b'],
    ['[  "a]b"  ]', 'a]b'],
    ['["a" b]', '"a" b'],
    ['[a "b"]', 'a "b"'],
    ['[pc0[1-5]]', 'pc0[1-5]'],
  ])('begins with %s the section %s', (line, name) => {
    expect(read(line)).toEqual([section(name)]);
  });

  it.each([
    ["A='x # y'", 'x # y'],
    ["A='x y' # z", 'x y'],
    ['A="C:\\"  ', 'C:\\'],
    ['A=b;', 'b;'],
    ['A=b; c', 'b; c'],
    ['A=b ;', 'b'],
    ['A=b ;c', 'b ;c'],
    ['A=b\t;\tc', 'b'],
    ['A=b   # c', 'b'],
    ['A=b#c', 'b#c'],
    ['A=#c', ''],
    ['A=', ''],
  ])('has in %j the value %j', (line, value) => {
    expect(read(line)).toEqual([set('A', value)]);
  });

  it('ends a plain value at a known variable, and at a name in capital letters with an underscore', () => {
    expect(read('A=1  SOUND=y')).toEqual([set('A', '1'), set('SOUND', 'y')]);
    expect(read('A=1 MY_B=2')).toEqual([set('A', '1'), set('MY_B', '2')]);
    expect(read('A=1 X2_=2')).toEqual([set('A', '1'), set('X2_', '2')]);
    for (const value of ['1 MYB=2', '1 _MY_B=2', '1 my_b=2', '1 1M_B=2']) {
      expect(read(`A=${value}`)).toEqual([set('A', value)]);
    }
    expect(readLine('A=b sound=c', () => true)).toEqual([set('A', 'b sound=c')]);
  });

  it('ends a plain value that contains assignments at a known variable only', () => {
    expect(read('CLIENT_ENV=MY_B=2 SOUND=y')).toEqual([set('CLIENT_ENV', 'MY_B=2'), set('SOUND', 'y')]);
  });

  it.each([
    ['include rooms.conf', 'rooms.conf'],
    ['Include\t"my rooms" # note', 'my rooms'],
    ["include '/etc/my rooms'", '/etc/my rooms'],
    ['include /etc/my rooms ; note', '/etc/my rooms'],
    ['INCLUDE=/etc/rooms', '/etc/rooms'],
    ['INCLUDE = "rooms/one"', 'rooms/one'],
  ])('includes with %s a file', (line, file) => {
    expect(read(line)).toEqual([include(file)]);
  });

  it('goes on after an include', () => {
    expect(read('include "x" A=1')).toEqual([include('x'), set('A', '1')]);
    expect(read('include x LDM_SERVER=a')).toEqual([include('x'), set('LDM_SERVER', 'a')]);
  });

  it.each(['INCLUDE=rooms', 'include = "rooms"', "Include= 'rooms' "])(
    'takes from %j a section as with LIKE',
    (line) => {
      expect(read(line)).toEqual([set('LIKE', 'rooms')]);
    },
  );

  it.each([
    ["A='open", unreadable(notClosed)],
    ['A="', unreadable(notClosed)],
    ["A='", unreadable(notClosed)],
    ['A="x\\"y', unreadable(notClosed)],
    ['include "open', unreadable('include names no file')],
    ["include ''", unreadable('include names no file')],
    ['[open', unreadable('a section name is not closed by ]')],
    ['[""]', unreadable('a section has no name')],
    ['[ ]', unreadable('a section has no name')],
    ['A', unreadable(noStatement)],
    ['LDM_SERVER: a sound', unreadable(noStatement, 'LDM_SERVER', 'SOUND')],
    ['LDM_SERVER sound ldm_server', unreadable(noStatement, 'LDM_SERVER', 'SOUND')],
  ])('cannot be read as %j', (line, statement) => {
    expect(read(line)).toEqual([statement]);
  });

  it('names the variables of its unreadable part alone', () => {
    expect(read('LDM_SERVER="a" LDM_BALANCE="best')).toEqual([
      set('LDM_SERVER', 'a'),
      unreadable(notClosed, 'LDM_BALANCE'),
    ]);
    expect(readLine('=', () => true)).toEqual([unreadable(noStatement)]);
  });
});
