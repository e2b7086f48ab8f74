import { describe, expect, it } from 'vitest';
import { type Press, pressAfter, type Seen, unarmed } from '../../../src/ui/toolkit/press.js';

const over = (isDown: boolean, ms = 5_000): Seen => ({ isOver: true, isDown, isAsked: false, ms });
const off = (isDown: boolean, ms = 5_000): Seen => ({ isOver: false, isDown, isAsked: false, ms });
const clicks = (...seen: readonly Seen[]): number => {
  let press: Press = unarmed;
  return seen.filter((one) => {
    press = pressAfter(press, one);
    return press.isClick;
  }).length;
};

describe('A click on a button that is seen from outside', () => {
  it('is a press and a release on it', () => {
    expect(clicks(off(false), over(false), over(true), over(true), over(false), over(false))).toBe(1);
  });

  it('is not a press that began or ended elsewhere', () => {
    expect(clicks(off(false), off(true), over(true), over(false))).toBe(0);
    expect(clicks(off(false), over(true), off(true), off(false))).toBe(0);
    expect(clicks(off(false), over(true), off(true), over(true), off(false))).toBe(0);
  });

  it('is not one that was under way when the window came up under the pointer', () => {
    expect(clicks(over(true, 0), over(true, 2_000), over(false, 2_100))).toBe(0);
    expect(clicks(over(false, 0), over(true, 300), over(false, 400))).toBe(0);
  });

  it('counts under a pointer that rests there, once the user can have read', () => {
    expect(clicks(over(false, 0), over(false, 1_600), over(true, 1_700), over(false, 1_800))).toBe(1);
  });

  it('counts at once for a user who has asked for the keyboard', () => {
    const asked: Seen = { ...over(false, 100), isAsked: true };
    expect(pressAfter(unarmed, asked).at).toBe('up');
    expect(clicks(over(false, 0), asked, over(true, 200), over(false, 300))).toBe(1);
    expect(pressAfter(unarmed, { ...asked, isDown: true })).toEqual(unarmed);
  });
});
