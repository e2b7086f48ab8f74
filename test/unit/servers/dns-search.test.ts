import { describe, expect, it } from 'vitest';
import { type LookupFailure, type LookupResult, lookupFailure, searchDns } from '../../../src/servers/dns/search.js';

type Kind = LookupResult<string>['kind'];

/** What comes of a name, and which full names were asked. */
async function search(name: string, ndots: number, told: Readonly<Record<string, Kind>>) {
  const asked: string[] = [];
  const looked = await searchDns(name, { search: ['one.test', 'two.test'], ndots }, async (full) => {
    asked.push(full);
    const kind = told[full] ?? 'no-such-name';
    return kind === 'found' ? { kind, value: full } : { kind, why: full };
  });
  return { result: looked.kind === 'found' ? looked.value : looked.kind, asked };
}

describe('the search list', () => {
  it.each(['no-such-name', 'no-records', 'server-failed'] as const)('goes on after %s', async (kind) => {
    const { result } = await search('app', 1, { 'app.one.test': kind, 'app.two.test': 'found' });
    expect(result).toBe('app.two.test');
  });

  it('is given up after silence, and the name is asked as it is', async () => {
    const { result, asked } = await search('app', 1, { 'app.one.test': 'no-answer', app: 'found' });
    expect({ result, asked }).toEqual({ result: 'app', asked: ['app.one.test', 'app'] });
  });

  it.each(['server-failed', 'no-answer'] as const)('comes behind %s for a name with enough dots', async (kind) => {
    const { result } = await search('_ldm._tcp', 1, { '_ldm._tcp': kind, '_ldm._tcp.two.test': 'found' });
    expect(result).toBe('_ldm._tcp.two.test');
  });

  it('does not count for an absolute name', async () => {
    expect(await search('app.one.test.', 5, {})).toEqual({ result: 'no-such-name', asked: ['app.one.test'] });
  });

  it.each<[LookupFailure['kind'], string, Readonly<Record<string, Kind>>]>([
    // The name was first asked as it is: that is what counts.
    ['no-such-name', 'app.x', { 'app.x.one.test': 'server-failed' }],
    ['no-answer', 'app.x', { 'app.x': 'no-answer', 'app.x.one.test': 'no-records' }],
    ['no-records', 'app', { 'app.one.test': 'server-failed', 'app.two.test': 'no-records' }],
    ['server-failed', 'app', { 'app.one.test': 'server-failed' }],
    ['no-such-name', 'app', {}],
  ])('fails with %s: %s, %j', async (kind, name, told) => {
    expect((await search(name, 1, told)).result).toBe(kind);
  });
});

it.each<[string, Readonly<Record<string, LookupFailure['kind']>>, string]>([
  ['app', {}, 'app'],
  ['app.x', { 'app.x': 'no-records', 'app.x.one.test': 'server-failed' }, 'app.x'],
  ['app', { 'app.one.test': 'no-records', 'app.two.test': 'no-records' }, 'app.one.test'],
])('a search for %s that finds nothing says why by one of its names: %j', async (name, told, why) => {
  const looked = await searchDns(name, { search: ['one.test', 'two.test'], ndots: 1 }, async (full) => ({
    kind: told[full] ?? 'no-such-name',
    why: full,
  }));
  expect(looked).toMatchObject({ why });
});

describe('a reply without an answer', () => {
  it('says that the name does not exist', () => {
    expect(lookupFailure('app', { kind: 'no-such-name' })).toEqual({
      kind: 'no-such-name',
      why: 'the name app does not exist',
    });
  });

  it.each([
    [true, 'server-failed'],
    [false, 'no-answer'],
  ] as const)('is told from silence: %j is %s', (answered, kind) => {
    expect(lookupFailure('app', { kind: 'failed', answered, problem: '10.0.0.1: code 2' })).toEqual({
      kind,
      why: 'no name server has an answer for app: 10.0.0.1: code 2',
    });
  });
});
