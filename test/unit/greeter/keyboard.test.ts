import { describe, expect, it } from 'vitest';
import {
  Keyboard,
  type KeyboardDependencies,
  type KeyboardWishes,
  keyboardWishes,
} from '../../../src/greeter/client/keyboard.js';
import {
  layoutArguments,
  layoutName,
  layoutsWith,
  offeredLayouts,
  readNames,
  readQuery,
  withVariants,
} from '../../../src/greeter/client/keyboard-layouts.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';

const list = `! layout
  us              English (US)
  de              German
  ch              German (Switzerland)

! variant
  nodeadkeys      de: German (no dead keys)
  intl            us: English (US, intl., with dead keys)
  fr              ch: French (Switzerland)

! option
  grp             Switching to another layout
`;

/** An X server's keyboard, as setxkbmap tells it and sets it up. */
function xServer(layout: string, variant = '', more = { model: 'pc104', options: 'grp:alt_shift_toggle' }) {
  const state = { layout, variant, ...more, group: 0 };
  const calls: string[][] = [];
  const dependencies: KeyboardDependencies = {
    log: createLog(0, () => {}),
    names: async () => list,
    group: {
      read: async () => state.group,
      async lock(group) {
        state.group = group;
      },
      watch: () => () => {},
    },
    run: async (_file, args) => {
      if (args[0] !== '-query') calls.push([...args]);
      for (let at = 0; at + 1 < args.length; at += 2) {
        const [key = '', value = ''] = [args[at]?.slice(1), args[at + 1]];
        if (key === 'option') state.options = [state.options, value].filter(Boolean).join(',');
        else Object.assign(state, { [key]: value });
      }
      const { model, layout, variant, options } = state;
      return `rules:      evdev\nmodel:      ${model}\nlayout:     ${layout}\nvariant:    ${variant}\noptions:    ${options}\n`;
    },
  };
  return { state, calls, dependencies };
}
const ids = (state: Awaited<ReturnType<Keyboard['look']>>) => state?.layouts.map(({ id }) => id);
const wishes = (variables: Record<string, string>): KeyboardWishes => keyboardWishes(readSettings(variables));

describe('the keyboard', () => {
  it('reads model, layouts with their variants, and options', () => {
    const query =
      'rules:  evdev\nmodel:      pc104\nlayout:     us,de,fr\nvariant:    ,nodeadkeys,\noptions:    grp:x,a:b\n';
    expect(readQuery(query)).toEqual({
      model: 'pc104',
      layouts: ['us', 'de(nodeadkeys)', 'fr'],
      options: ['grp:x', 'a:b'],
    });
    expect(readQuery('layout:     gr\n')).toEqual({ model: '', layouts: ['gr'], options: [] });
    expect(readQuery('')).toEqual({ model: '', layouts: [], options: [] });
    expect(readQuery('model: \t pc104 \r\nlayout:us \nxlayout: de\n')).toEqual({
      model: 'pc104',
      layouts: ['us'],
      options: [],
    });
  });

  it('knows the names of layouts and variants, and takes no option for one', () => {
    expect([...readNames(list)]).toEqual([
      ['us', 'English (US)'],
      ['de', 'German'],
      ['ch', 'German (Switzerland)'],
      ['de(nodeadkeys)', 'German (no dead keys)'],
      ['us(intl)', 'English (US, intl., with dead keys)'],
      ['ch(fr)', 'French (Switzerland)'],
    ]);
    expect(layoutName('ch(fr)', readNames(list))).toBe('French (Switzerland)');
    expect(layoutName('de(neo)', readNames(list))).toBe('German (neo)');
    expect(layoutName('xx(y)', readNames(list))).toBe('xx(y)');
  });

  it('reads names only where XKB has them', () => {
    const read = (text: string) => [...readNames(text)];
    expect(read('  us  English\n')).toEqual([]);
    expect(read('! layout\nus English\n  \n  de  German\n// ! variant\n  fr  French: all\n')).toEqual([
      ['de', 'German'],
      ['fr', 'French: all'],
    ]);
    expect(read('! variant\n  neo  German\n  bepo  see fr: French\n  oss  fr: French: alternative\n')).toEqual([
      ['fr(oss)', 'French: alternative'],
    ]);
  });

  it('sets up at most the four layouts that XKB holds, the chosen one first', () => {
    expect(layoutsWith('de', ['us', 'fr', 'de', 'es', 'it'])).toEqual(['de', 'us', 'fr', 'es']);
  });

  it('passes layouts and variants apart, and a name that it does not understand as it is', () => {
    expect(layoutArguments(['us', 'de(neo)', 'fr(a)x', 'x(a(b)'])).toEqual([
      '-layout',
      'us,de,fr(a)x,x',
      '-variant',
      ',neo,,a(b',
    ]);
  });

  it.each([
    [['ch'], ['ch(fr)'], ['ch(fr)']],
    [
      ['ch', 'de'],
      ['us', 'ch(fr)'],
      ['ch(fr)', 'de'],
    ],
    [['ch', 'ch(fr)'], ['ch(fr)'], ['ch', 'ch(fr)']],
    [['ch'], ['ch', 'ch(fr)'], ['ch']],
    [['ch'], ['ch(fr)', 'ch'], ['ch']],
    [['ch(de_mac)'], ['ch(fr)'], ['ch(de_mac)']],
    [['us'], ['ch(fr)'], ['us']],
  ])('offers %j where %j is set up as %j', (wanted, setUp, offered) => {
    expect(offeredLayouts(wanted, setUp)).toEqual(offered);
  });

  it.each([
    [{ XKBLAYOUT: 'ch', XKBVARIANT: 'fr' }, ['ch(fr)']],
    [{ XKBLAYOUT: 'us,de, fr', XKBVARIANT: ',nodeadkeys' }, ['us', 'de(nodeadkeys)', 'fr']],
    [{ XKBLAYOUT: 'ch(fr),us', XKBVARIANT: 'de_mac,intl' }, ['ch(fr)', 'us(intl)']],
    [{ XKBLAYOUT: 'ch', XKBVARIANT: 'fr', LDM_KEYBOARD_LAYOUTS: 'de ch' }, ['de', 'ch(fr)']],
    [{ XKBVARIANT: 'fr' }, undefined],
    [{ XKBLAYOUT: 'ch', XKBVARIANT: 'f r' }, ['ch']],
    [{}, undefined],
  ])('offers by %j the layouts %j', (variables, layouts) => {
    expect(wishes(variables).layouts).toEqual(layouts);
    expect(withVariants(['a', 'b'], ['x', 'y', 'z'])).toEqual(['a(x)', 'b(y)']);
  });

  it('leaves what the X server was set up with, where the administrator says the same or nothing', async () => {
    const says = [{}, { XKBLAYOUT: 'ch' }, { XKBLAYOUT: 'ch', XKBVARIANT: 'fr' }, { LDM_KEYBOARD_LAYOUTS: 'ch' }];
    const more = { XKBMODEL: 'pc104', XKBOPTIONS: 'grp:alt_shift_toggle' };
    for (const variables of [...says, ...says.map((one) => ({ ...one, ...more }))]) {
      const { calls, dependencies } = xServer('ch', 'fr');
      expect(await new Keyboard(wishes(variables), dependencies).look()).toEqual({
        layouts: [{ id: 'ch(fr)', name: 'French (Switzerland)' }],
        current: 'ch(fr)',
      });
      expect(calls).toEqual([]);
    }
  });

  it('sets up what the administrator says and the X server has not, and nothing else', async () => {
    const { state, dependencies } = xServer('us', '', { model: 'pc105', options: 'compose:ralt' });
    const said = {
      XKBLAYOUT: 'ch,us',
      XKBVARIANT: 'fr,',
      XKBMODEL: 'pc104',
      XKBOPTIONS: 'grp:caps_toggle,compose:ralt',
    };
    const keyboard = new Keyboard(wishes({ ...said, XKBLAYOUT: 'ch,de' }), dependencies);
    expect((await keyboard.look())?.current).toBe('ch(fr)');
    expect(state).toMatchObject({
      model: 'pc104',
      layout: 'ch,de',
      variant: 'fr,',
      options: 'compose:ralt,grp:caps_toggle',
    });
  });

  it('offers what the X server was set up with where the administrator says nothing', async () => {
    const state = await new Keyboard({}, xServer('us,de', ',nodeadkeys').dependencies).look();
    expect(ids(state)).toEqual(['us', 'de(nodeadkeys)']);
    expect(state?.current).toBe('us');
  });

  it('puts the chosen layout first and keeps the others behind it, with options and model', async () => {
    const { calls, state, dependencies } = xServer('us');
    const chosen = await new Keyboard({ layouts: ['us', 'de(nodeadkeys)'] }, dependencies).choose('de(nodeadkeys)');
    expect(chosen?.current).toBe('de(nodeadkeys)');
    expect(calls).toEqual([['-layout', 'de,us', '-variant', 'nodeadkeys,']]);
    expect(state).toMatchObject({ model: 'pc104', options: 'grp:alt_shift_toggle' });
  });

  it('follows a key that switches, and puts in force what is chosen after that', async () => {
    const { state, dependencies } = xServer('us,ch,de', ',fr,');
    const keyboard = new Keyboard({}, dependencies);
    state.group = 1;
    expect((await keyboard.changed())?.current).toBe('ch(fr)');
    expect((await keyboard.look())?.current).toBe('ch(fr)');
    expect((await keyboard.choose('de'))?.current).toBe('de');
    expect(state).toMatchObject({ group: 0, layout: 'de,us,ch', variant: ',,fr' });
  });

  it('shows a layout that a key has switched to although it is not offered', async () => {
    const { state, calls, dependencies } = xServer('us,fr');
    const keyboard = new Keyboard({ layouts: ['us', 'de'] }, dependencies);
    state.group = 1;
    expect(await keyboard.changed()).toMatchObject({
      current: 'fr',
      layouts: [{ id: 'us' }, { id: 'de' }, { id: 'fr' }],
    });
    expect(calls).toEqual([]);
  });

  it('starts with the first of the administrator where another layout is in force', async () => {
    expect((await new Keyboard({ layouts: ['de', 'us(intl)'] }, xServer('fr').dependencies).look())?.current).toBe(
      'de',
    );
  });

  it('changes nothing for a layout that is not offered, or that is in force', async () => {
    const { calls, dependencies } = xServer('us');
    const keyboard = new Keyboard({ layouts: ['us', 'de'] }, dependencies);
    expect((await keyboard.choose('-help'))?.current).toBe('us');
    expect((await keyboard.choose('us'))?.current).toBe('us');
    expect(calls).toEqual([]);
  });

  it('is silent where the X server cannot be asked', async () => {
    const dependencies = { ...xServer('us').dependencies, run: () => Promise.reject(new Error('no setxkbmap')) };
    expect(await new Keyboard({}, dependencies).look()).toBeUndefined();
    expect(await new Keyboard({ layouts: ['us'] }, dependencies).choose('us')).toBeUndefined();
    expect(await new Keyboard({}, dependencies).changed()).toBeUndefined();
  });
});
