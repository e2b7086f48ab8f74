import { describe, expect, it, vi } from 'vitest';

// The geometry is pure; GTK itself is not needed for it.
vi.mock('../../../src/ui/toolkit/gi.js', () => ({ Gdk: {}, Gtk: {} }));
const { placesOn, scaleFor } = await import('../../../src/ui/toolkit/monitors.js');

const left = { x: 0, y: 0, width: 1280, height: 1024 };
const right = { x: 1280, y: 0, width: 1920, height: 1080 };

describe('several monitors', () => {
  it('have the login on the primary one and the background on the others', () => {
    expect(placesOn([left, right], 1)).toEqual({ login: right, form: right, covered: [left] });
    expect(placesOn([left, right], -1)).toEqual({ login: left, form: left, covered: [right] });
  });

  it('that show the same need no second window', () => {
    const smaller = { x: 0, y: 0, width: 800, height: 600 };
    expect(placesOn([left, { ...left }, smaller], 0)).toEqual({ login: left, form: smaller, covered: [] });
    expect(placesOn([left, right, { ...right }], 0)).toEqual({ login: left, form: left, covered: [right] });
  });

  it('that show the same at sizes of their own have the form where each of them shows it', () => {
    const [wide, high] = [
      { x: 0, y: 0, width: 1920, height: 1080 },
      { x: 0, y: 0, width: 1600, height: 1200 },
    ];
    const shared = {
      login: { x: 0, y: 0, width: 1920, height: 1200 },
      form: { x: 0, y: 0, width: 1600, height: 1080 },
    };
    for (const primary of [-1, 0, 1]) expect(placesOn([wide, high], primary)).toEqual({ ...shared, covered: [] });
    const beside = { x: 1920, y: 0, width: 800, height: 600 };
    expect(placesOn([wide, high, beside], 0)).toEqual({ ...shared, covered: [beside] });
  });

  it('that overlap by an edge have the form on the main one', () => {
    const at = (x: number) => ({ x, y: 0, width: 1000, height: 800 });
    expect(placesOn([at(980), at(0), at(1960)], 0)).toEqual({
      login: at(980),
      form: at(980),
      covered: [at(0), at(1960)],
    });
  });

  it('that have gone dark do not take the login', () => {
    expect(placesOn([{ x: 0, y: 0, width: 0, height: 0 }, right], 0)).toEqual({
      login: right,
      form: right,
      covered: [],
    });
    expect(() => placesOn([], -1)).toThrow('no monitor');
  });
});

describe('a HiDPI monitor', () => {
  it.each([
    { what: '24 inches with 1920 dots', dots: 1920, mm: 531, scale: 1 },
    { what: '13 inches with 1920 dots', dots: 1920, mm: 286, scale: 2 },
    { what: 'one that tells no size', dots: 1920, mm: 0, scale: 1 },
    { what: 'one that tells its proportions as its size', dots: 1920, mm: 16, scale: 1 },
  ])('of $what is drawn $scale times as large', ({ dots, mm, scale }) => {
    const size = { width: dots, height: dots, widthMm: mm, heightMm: mm };
    expect(scaleFor(size, size)).toBe(scale);
    expect(scaleFor({ ...size, heightMm: 0 }, size)).toBe(1);
  });

  it('is drawn twice as large where it has very many dots, whatever its size', () => {
    const television = { width: 3840, height: 2160, widthMm: 1209, heightMm: 680 };
    expect(scaleFor(television, television)).toBe(2);
    expect(scaleFor({ ...television, widthMm: 16, heightMm: 9 }, television)).toBe(2);
    expect(scaleFor(television, { width: 1920, height: 1080 })).toBe(1);
    const wide = { width: 3440, height: 1440, widthMm: 800, heightMm: 335 };
    expect(scaleFor(wide, wide)).toBe(1);
  });

  it('is drawn as it is where the login would not fit, on it or on one that shows the same', () => {
    const size = { width: 3840, height: 2160, widthMm: 527, heightMm: 296 };
    expect(scaleFor(size, { width: 1280, height: 960 })).toBe(2);
    expect(scaleFor(size, { width: 1280, height: 800 })).toBe(1);
    expect(scaleFor(size, { width: 1024, height: 1024 })).toBe(1);
  });
});
