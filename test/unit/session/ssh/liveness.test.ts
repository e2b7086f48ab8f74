import { describe, expect, it } from 'vitest';
import { type Liveness, type Look, look, newLiveness } from '../../../../src/session/ssh/liveness.js';

const rules = { tellAfterMs: 10_000, giveUpAfterMs: 180_000 };

/** Looks once a second from second 1 on, and gives what came of each. @param bytes arrived by a second */
function looks(seconds: number, bytes: (second: number) => number, clock = (second: number) => second * 1_000) {
  let state: Liveness = newLiveness(0, bytes(0));
  return Array.from({ length: seconds }, (_, i): Look & { second: number } => {
    const second = i + 1;
    const one = look(state, clock(second), bytes(second), rules);
    state = one.next;
    return { ...one, second };
  });
}
const changes = (all: readonly (Look & { second: number })[]) =>
  all.flatMap((one) => (one.change === undefined ? [] : [[one.second, one.change]]));

describe('A server in a session', () => {
  it('that sends by itself is asked nothing', () => {
    expect(looks(60, (second) => second * 100).some(({ ask }) => ask)).toBe(false);
  });

  it('that sends nothing by itself is asked every three seconds, and its answers count', () => {
    const all = looks(60, (second) => Math.floor(second / 4));
    expect(all.filter(({ ask }) => ask).map(({ second }) => second % 4)).toEqual(Array.from({ length: 15 }, () => 3));
    expect(changes(all)).toEqual([]);
  });

  it('that falls silent is told of once after 10 s, and asked all the time', () => {
    const all = looks(60, () => 7);
    expect(changes(all)).toEqual([[10, 'silent']]);
    expect(all.filter(({ ask }) => ask)).toHaveLength(20);
  });

  it('that answers within 10 s is not told of', () => {
    expect(changes(looks(60, (second) => Math.floor(second / 9)))).toEqual([]);
  });

  it('that answers after 60 s is told of again, and may fall silent again', () => {
    expect(changes(looks(100, (second) => (second < 60 ? 7 : 8)))).toEqual([
      [10, 'silent'],
      [60, 'answers'],
      [70, 'silent'],
    ]);
  });

  it('that stays silent is given up after the time of the rules', () => {
    expect(changes(looks(180, () => 7)).at(-1)).toEqual([180, 'given-up']);
  });

  it('gets its whole time after this process stood still, and is asked at once', () => {
    // The clock jumps by an hour at second 100, as after SIGSTOP and SIGCONT.
    const all = looks(
      250,
      () => 7,
      (second) => second * 1_000 + (second < 100 ? 0 : 3_600_000),
    );
    expect(all[99]).toMatchObject({ ask: true, change: undefined });
    expect(changes(all)).toEqual([[10, 'silent']]);
    expect(
      changes(
        looks(
          280,
          () => 7,
          (second) => second * 1_000 + (second < 100 ? 0 : 3_600_000),
        ),
      ).at(-1),
    ).toEqual([280, 'given-up']);
  });

  it('is heard for 5 s of a gap in our own looks, and after more the count starts again', () => {
    const told = { ...newLiveness(0, 7), told: true };
    const patient = look({ ...told, lookedAt: 20_000 }, 25_000, 7, rules);
    expect(patient.next).toEqual({ ...told, lookedAt: 25_000, askedAt: 25_000 });
    const late = look({ ...told, lookedAt: 20_000 }, 25_001, 7, rules);
    expect(late).toEqual({
      next: { ...told, heardAt: 25_001, lookedAt: 25_001, askedAt: 25_001 },
      ask: true,
      change: undefined,
    });
  });

  it('is asked nothing more once it is given up', () => {
    const state = { ...newLiveness(0, 7), lookedAt: 179_000, askedAt: 170_000, told: true };
    expect(look(state, 180_000, 7, rules)).toMatchObject({ ask: false, change: 'given-up' });
    expect(look(state, 179_999, 7, rules)).toMatchObject({ ask: true, change: undefined });
  });

  it('that answers with less than before has answered too', () => {
    const state = { ...newLiveness(0, 7), told: true };
    expect(look(state, 1_000, 0, rules)).toEqual({ next: newLiveness(1_000, 0), ask: false, change: 'answers' });
  });
});
