import { describe, expect, it } from 'vitest';
import { Keyboard, type KeyboardTools, readNames, readQuery } from '../../src/greeter/keyboard.js';
import { createLog } from '../../src/settings/log.js';

const list = `! layout
  us              English (US)
  de              German

! variant
  nodeadkeys      de: German (no dead keys)
  intl            us: English (US, intl., with dead keys)

! option
  grp             Switching to another layout
`;

/** An X server's keyboard, as setxkbmap tells it. */
function xServer(layout: string, variant = ''): KeyboardTools & { calls: string[][] } {
  const state = { layout, variant };
  const calls: string[][] = [];
  return {
    calls,
    log: createLog(0, () => {}),
    names: async () => list,
    run: async (file, args) => {
      calls.push([file, ...args]);
      if (args[0] === '-layout') Object.assign(state, { layout: args[1], variant: args[3] });
      return `rules:      evdev\nmodel:      pc105\nlayout:     ${state.layout}\nvariant:    ${state.variant}\n`;
    },
  };
}

describe('the keyboard', () => {
  it('reads layouts with their variants', () => {
    expect(readQuery('rules:  evdev\nlayout:     us,de,fr\nvariant:    ,nodeadkeys,\noptions:    grp:x\n')).toEqual([
      'us',
      'de(nodeadkeys)',
      'fr',
    ]);
    expect(readQuery('layout:     gr\n')).toEqual(['gr']);
    expect(readQuery('')).toEqual([]);
  });

  it('knows the names of layouts and variants, and takes no option for one', () => {
    expect([...readNames(list)]).toEqual([
      ['us', 'English (US)'],
      ['de', 'German'],
      ['de(nodeadkeys)', 'German (no dead keys)'],
      ['us(intl)', 'English (US, intl., with dead keys)'],
    ]);
  });

  it('offers what the X server was set up with where the administrator says nothing', async () => {
    expect(await new Keyboard(undefined, xServer('us,de', ',nodeadkeys')).look()).toEqual({
      layouts: [
        { id: 'us', name: 'English (US)' },
        { id: 'de(nodeadkeys)', name: 'German (no dead keys)' },
      ],
      current: 'us',
    });
  });

  it('puts the chosen layout first and keeps the others behind it', async () => {
    const server = xServer('us');
    const state = await new Keyboard(['us', 'de(nodeadkeys)'], server).choose('de(nodeadkeys)');
    expect(state?.current).toBe('de(nodeadkeys)');
    expect(server.calls[0]).toEqual(['setxkbmap', '-layout', 'de,us', '-variant', 'nodeadkeys,']);
  });

  it('starts with the first of the administrator where another layout is in force', async () => {
    expect((await new Keyboard(['de', 'us(intl)'], xServer('fr')).look())?.current).toBe('de');
  });

  it('changes nothing for a layout that is not offered', async () => {
    const server = xServer('us');
    expect((await new Keyboard(['us', 'de'], server).choose('-help'))?.current).toBe('us');
    expect(server.calls.flat()).not.toContain('-help');
  });

  it('is silent where the X server cannot be asked', async () => {
    const tools = { ...xServer('us'), run: () => Promise.reject(new Error('no setxkbmap')) };
    expect(await new Keyboard(undefined, tools).look()).toBeUndefined();
    expect(await new Keyboard(['us'], tools).choose('us')).toBeUndefined();
  });
});
