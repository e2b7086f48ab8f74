import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endSession, isEndSession, parseSilence } from '../../../src/protocol/connection-messages.js';
import {
  defaultLooks,
  type FromGreeter,
  maxTextLength,
  parseFromGreeter,
  parseLooks,
  parseToGreeter,
  type ToGreeter,
} from '../../../src/protocol/greeter-messages.js';

/** What two processes tell each other is taken whole or not at all. */
const view: ToGreeter = {
  type: 'view',
  view: {
    question: { id: 1, label: 'Username', hidden: false, initial: '' },
    failover: null,
    user: null,
    waiting: null,
    isDesktopStarting: false,
    cancellable: false,
    guestButton: false,
    countdown: 3,
    status: [{ kind: 'info', text: 'hello' }],
    details: ['s1: up'],
    client: { name: 'client7', address: null },
    chosenServer: null,
    chosenSession: null,
    chosenLanguage: null,
    permitted: { session: true, language: true, power: true },
    menuEntries: ['_Help'],
    clock: null,
  },
};
const toGreeter: readonly ToGreeter[] = [
  view,
  {
    type: 'servers',
    choice: { mode: 'automatic' },
    asking: true,
    rows: [{ name: 'app1', usable: true, wake: 'no', rating: 80, sessions: 2, state: 'up' }],
  },
  { type: 'keyboard', layouts: [{ id: 'de', name: 'German' }], current: null },
  { type: 'aids', aids: [{ aid: 'screen-reader', running: true }] },
  { type: 'options', kind: 'session', chosen: '', rows: [{ key: 'a', label: 'A', note: '' }] },
];
const fromGreeter: readonly FromGreeter[] = [
  { type: 'answer', question: 2, bytes: 6 },
  { type: 'choose-server', choice: { mode: 'server', name: 'app1' } },
  { type: 'menu', entry: 0 },
  { type: 'power', action: 'restart' },
  { type: 'warning', text: 'no such theme' },
];

/** Every place in a value: of each the keys that lead there. */
function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** The value with something else at one place. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, -1, 0.5, 101, Number.NaN, 'x'.repeat(maxTextLength + 1), [], {}, [[]]),
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
);

describe.each([
  ['to the greeter', toGreeter, parseToGreeter],
  ['from the greeter', fromGreeter, parseFromGreeter],
] as const)('messages %s', (_, messages, parse) => {
  it.each(messages.map((message) => [message.type, message] as const))('%s: taken as it is', (_type, message) => {
    expect(parse(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it('never throws, and takes nothing that is not whole', () => {
    const damaged = fc
      .constantFrom<unknown>(...messages)
      .chain((message) =>
        fc.constantFrom(...placesIn(message)).chain((place) => strange.map((by) => replaced(message, place, by))),
      );
    fc.assert(
      fc.property(damaged, (raw) => {
        const message = parse(raw);
        if (message === undefined) return;
        expect(messages.map(({ type }) => type as string)).toContain(message.type);
        for (const place of placesIn(message)) {
          const value = place.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], message);
          expect(['string', 'number', 'boolean', 'object']).toContain(typeof value);
          if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(maxTextLength);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes nothing that is no message at all', () => {
    fc.assert(
      fc.property(strange, (raw) => {
        expect(parse(raw)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the messages of the Connection window', () => {
  it('are a description of the silence, taken as a whole', () => {
    const silence = { server: 'app1', silentMs: 10_000, giveUpAfterMs: 180_000 };
    expect(parseSilence(JSON.stringify(silence))).toEqual(silence);
    for (const wrong of [undefined, '', '{', '{}', JSON.stringify({ ...silence, silentMs: -1 })]) {
      expect(() => parseSilence(wrong)).toThrow();
    }
  });

  it('are the end of the session, and nothing else', () => {
    expect(isEndSession(endSession)).toBe(true);
    for (const message of [undefined, {}, { type: 'end' }, 'end-session']) expect(isEndSession(message)).toBe(false);
  });
});

it('the looks of the windows are the default ones where they are missing or invalid', () => {
  for (const wrong of [undefined, '', '{', '7', '{"theme":7}']) expect(parseLooks(wrong)).toEqual(defaultLooks);
  const looks = { theme: 'dark', contrast: 'high', textSize: 'larger' };
  expect(parseLooks(JSON.stringify(looks))).toEqual(looks);
});
