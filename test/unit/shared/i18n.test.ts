import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { callsIn, languages, readPo, sentences, templateText, writeCatalogues } from '../../../scripts/catalogues.mjs';
import {
  dateText,
  isRightToLeft,
  isTranslated,
  pluralForm,
  t,
  tn,
  useLanguage,
  wantedCatalogues,
} from '../../../src/shared/i18n.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([whole]) => whole).sort();
const mnemonicOf = (text: string): string | undefined => /_(.)/u.exec(text)?.[1]?.toLowerCase();

describe('the catalogues', () => {
  it('are forty at least with English, those of the EU and the most pupils among them', () => {
    expect(languages().length).toBeGreaterThanOrEqual(39);
    const ofEu = 'bg cs da de el es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv'.split(' ');
    const others = 'ar bn ca eu fa he hi id is ja ko nb ru sw tr uk vi zh_CN zh_TW'.split(' ');
    expect(languages()).toEqual(expect.arrayContaining([...ofEu, ...others]));
  });

  it('know every sentence of the code: node scripts/catalogues.mjs brings them up to it', () => {
    expect(readFileSync(join(root, 'po/ldm.pot'), 'utf8')).toBe(templateText());
  });

  describe.each(languages().map((language) => ({ language })))('in $language', ({ language }) => {
    const catalogue = readPo(language);
    const entries = Object.values(catalogue.translations[''] ?? {}).filter(({ msgid }) => msgid !== '');

    it('is complete, and holds nothing that is gone', () => {
      expect(entries.map(({ msgid }) => msgid).sort()).toEqual([...sentences().keys()].sort());
      expect(entries.filter(({ msgstr }) => msgstr.some((form) => form.trim() === ''))).toEqual([]);
      expect(entries.filter(({ comments }) => comments?.flag?.includes('fuzzy'))).toEqual([]);
    });

    it('has the placeholders of the English in every form', () => {
      for (const { msgid, msgstr } of entries) {
        for (const form of msgstr) expect(placeholders(form), msgid).toEqual(placeholders(msgid));
      }
    });

    it('has a mnemonic where the English has one, and no letter twice in a window', () => {
      const of = new Map(entries.map(({ msgid, msgstr }) => [msgid, msgstr[0] ?? '']));
      for (const [msgid, text] of of)
        expect(mnemonicOf(text) !== undefined, msgid).toBe(mnemonicOf(msgid) !== undefined);
      for (const { where, texts } of groupsOfMnemonics()) {
        const letters = texts.map((text) => mnemonicOf(of.get(text) ?? text)).filter((one) => one !== undefined);
        expect(letters.length, `${where}: ${letters}`).toBe(new Set(letters).size);
      }
    });

    it('has as many plural forms as its language takes', () => {
      const forms = Number(/nplurals=(\d+)/.exec(catalogue.headers['Plural-Forms'] ?? '')?.[1]);
      const used = new Set(
        Array.from({ length: 200 }, (_, n) => Math.min(pluralForm(language.replace('_', '-'), n), forms - 1)),
      );
      expect(used.size).toBe(forms);
    });
  });
});

/** Mnemonics that must differ: those of one menu, and those of one window beside its menus. */
function groupsOfMnemonics(): { where: string; texts: string[] }[] {
  return readdirSync(join(root, 'data/glade')).flatMap((name) => {
    const layout = readFileSync(join(root, 'data/glade', name), 'utf8');
    const objects = [...layout.matchAll(/class="(Gtk\w+)"|translatable="yes">([^<]*_[^<]*)</g)];
    const groups = new Map<string, string[]>();
    let kind = '';
    let menu = '';
    for (const [, opened, text] of objects) {
      if (opened === 'GtkMenu') menu += '+';
      if (opened !== undefined) kind = opened.endsWith('MenuItem') ? `menu${menu}` : 'window';
      else if (text !== undefined) groups.set(kind, [...(groups.get(kind) ?? []), text]);
    }
    return [...groups].map(([group, texts]) => ({ where: `${name} ${group}`, texts }));
  });
}

describe('the code', () => {
  it('leaves no label of a layout untranslatable', () => {
    for (const name of readdirSync(join(root, 'data/glade'))) {
      const layout = readFileSync(join(root, 'data/glade', name), 'utf8');
      const untranslated = layout.match(/name="(label|title|tooltip-text|placeholder-text)">[^<]*[A-Za-z][^<]*</g);
      expect(untranslated, name).toBeNull();
    }
  });

  it('gives no widget a sentence that is not in the catalogues', () => {
    for (const name of readdirSync(join(root, 'src/ui'), { encoding: 'utf8', recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const source = readFileSync(join(root, 'src/ui', name), 'utf8');
      const calls = source.match(
        /\.(setText|setLabel|setTitle|setName|setTooltipText|setMarkup)\(\s*['"`].*[A-Za-z].*/g,
      );
      expect(calls, name).toBeNull();
    }
  });

  it('has its calls read as they stand, and a computed sentence refused', () => {
    const source = `t('It\\'s {a}', { a }); tn(\n 'one',\n "many",\n n); cut('no'); x.t('no');`;
    expect([...callsIn(source, 'x.ts')]).toEqual([
      ["It's {a}", undefined],
      ['one', 'many'],
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the code would say
    expect(() => [...callsIn('t(`You, ${name}`)', 'x.ts')]).toThrow('is no plain text');
  });
});

describe('a sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-words-'));
  writeCatalogues(folder);
  afterEach(() => useLanguage(folder, {}));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is English without a language, and with one that nobody has translated', () => {
    useLanguage(folder, { LANG: 'C.UTF-8' });
    expect(t('Connecting to {server}...', { server: 'app1' })).toBe('Connecting to app1...');
    useLanguage(folder, { LANG: 'eo.UTF-8' });
    expect(t('Username')).toBe('Username');
  });

  it('comes in the language of the environment', () => {
    useLanguage(folder, { LANG: 'de_AT.UTF-8' });
    expect(t('Username')).toBe('Benutzername');
    expect(t('Connecting to {server}...', { server: '{server}$&' })).toBe('Verbinden mit {server}$& ...');
    useLanguage(folder, { LANG: 'de_DE.UTF-8', LC_ALL: 'fr_FR.UTF-8' });
    expect(t('Password')).toBe('Mot de passe');
    expect(isRightToLeft()).toBe(false);
    useLanguage(folder, { LANG: 'C.UTF-8', LANGUAGE: 'eo:ar:de' });
    expect(isRightToLeft()).toBe(true);
  });

  it('takes the form of its number', () => {
    const say = (count: number) =>
      tn('A user name has at most {count} character.', 'A user name has at most {count} characters.', count);
    useLanguage(folder, {});
    expect([say(1), say(256)]).toEqual([
      'A user name has at most 1 character.',
      'A user name has at most 256 characters.',
    ]);
    useLanguage(folder, { LANG: 'ru_RU.UTF-8' });
    expect([1, 21, 3, 11].map((n) => say(n).split(' ').at(-1))).toEqual([
      'символа.',
      'символа.',
      'символов.',
      'символов.',
    ]);
    useLanguage(folder, { LANG: 'ja_JP.UTF-8' });
    expect(say(256)).toBe('ユーザー名は 256 文字までです。');
    useLanguage(folder, { LANG: 'ar_EG.UTF-8' });
    expect(say(3)).toContain('أحرف');
  });

  it('follows the order of gettext for languages', () => {
    expect(wantedCatalogues({ LANG: 'pt_BR.UTF-8', LANGUAGE: 'de_DE@euro:en_GB:fr' })).toEqual(['de_DE', 'de']);
    expect(wantedCatalogues({ LANG: 'pt_BR.UTF-8' })).toEqual(['pt_BR', 'pt']);
    expect(wantedCatalogues({ LANG: 'C', LANGUAGE: 'de' })).toEqual([]);
    expect(wantedCatalogues({ LANG: '../../etc/passwd' })).toEqual([]);
  });

  it('has its date as the locale writes it', () => {
    const day = new Date(2026, 10, 25, 12);
    expect(dateText(day, { LANG: 'de_DE.UTF-8' })).toBe('25.11.26');
    expect(dateText(day, { LANG: 'de_DE.UTF-8', LC_TIME: 'en_GB.UTF-8' })).toBe('25/11/2026');
    expect(dateText(day, {})).toBe('11/25/26');
    expect(dateText(day, { LANG: 'ja_JP.UTF-8' })).toBe('2026/11/25');
    expect(['de', 'de_DE', 'de@euro'].map((LANG) => dateText(day, { LANG }))).toEqual(Array(3).fill('25.11.26'));
    expect(['1de_DE', 'german', 'de-DE'].map((LANG) => dateText(day, { LANG }))).toEqual(Array(3).fill('11/25/26'));
  });
});

describe('the catalogues that a locale wants', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ LANG: 'C', LANGUAGE: 'de' }, []],
    [{ LANG: 'POSIX', LANGUAGE: 'de' }, []],
    [{ LANG: 'de_AT.UTF-8' }, ['de_AT', 'de']],
    [{ LANG: 'de' }, ['de']],
    [{ LANG: 'ast_ES@euro' }, ['ast_ES', 'ast']],
    [{ LANG: 'fr_FR', LC_MESSAGES: 'de_DE' }, ['de_DE', 'de']],
    [{ LANG: 'fr_FR', LC_MESSAGES: 'de_DE', LC_ALL: 'it_IT' }, ['it_IT', 'it']],
    [{ LANG: 'fr_FR', LC_MESSAGES: '', LC_ALL: '' }, ['fr_FR', 'fr']],
    [{ LANG: 'fr_FR', LANGUAGE: 'de::pt_BR' }, ['de', 'pt_BR', 'pt', 'fr_FR', 'fr']],
    [{ LANG: 'fr_FR', LANGUAGE: 'de:en_GB:it' }, ['de']],
    [{ LANG: 'd' }, []],
    [{ LANG: 'deutsch' }, []],
    [{ LANG: 'de_at' }, []],
    [{ LANG: '1de' }, []],
    [{ LANG: 'de_DEU' }, []],
    [{ LANG: 'de-DE' }, []],
  ])('%j are %j', (environment, names) => {
    expect(wantedCatalogues(environment)).toEqual(names);
  });
});

describe('a catalogue of one folder', () => {
  const read = (files: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), 'ldm-words-'));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    useLanguage(folder, environment);
    rmSync(folder, { recursive: true });
  };
  afterEach(() => useLanguage('/nowhere', {}));

  it('is the first that is there and can be read; else it stays English', () => {
    const greek = { Hello: 'Γεια' };
    read({ 'el.json': greek }, { LANG: 'el_GR' });
    expect([t('Hello'), isTranslated()]).toEqual(['Γεια', true]);
    read(
      { 'el.json': greek, 'de.json': '{', 'it.json': { Hello: 7 }, 'fr.json': [[7]] },
      { LANG: 'de', LANGUAGE: 'it:fr:el' },
    );
    expect(t('Hello')).toBe('Γεια');
    for (const damaged of ['7', 'null', '"text"', { Hello: ['x', 7] }]) {
      read({ 'el.json': greek, 'de.json': damaged }, { LANG: 'el', LANGUAGE: 'de' });
      expect(t('Hello')).toBe('Γεια');
    }
    read({ 'el.json': greek }, { LANG: 'de' });
    expect([t('Hello'), isTranslated()]).toEqual(['Hello', false]);
  });

  it('gives a plural form by the number, the last for the rest, and English where it has none', () => {
    const forms = ['{count} eins', '{count} zwei'];
    read({ 'de.json': { '{count} one': forms, '{count} single': 'x' } }, { LANG: 'de' });
    expect([1, 2].map((count) => tn('{count} one', '{count} many', count))).toEqual(['1 eins', '2 zwei']);
    expect([1, 2].map((count) => tn('{count} single', '{count} many', count))).toEqual(['1 single', '2 many']);
    read({ 'pl.json': { '{count} one': ['{count} raz'] } }, { LANG: 'pl' });
    expect(tn('{count} one', '{count} many', 5)).toBe('5 raz');
    expect(t('{count} one', { count: 3 })).toBe('3 one');
  });

  it('puts values in as they are, and leaves what has none', () => {
    expect(t('{a} {b} {toString} {a}', { a: '$1{b}', c: 'x' })).toBe('$1{b} {b} {toString} $1{b}');
    expect(tn('{count} {who}', '{count} of {who}', 2, { who: 'us' })).toBe('2 of us');
  });

  it('is written from right to left in four languages', () => {
    const isRight = (language: string): boolean => {
      read({ [`${language}.json`]: {} }, { LANG: language });
      return isRightToLeft();
    };
    expect(['ar', 'fa', 'he', 'ur', 'ar_EG', 'de', 'ast'].map(isRight)).toEqual([
      ...[true, true, true, true, true],
      ...[false, false],
    ]);
  });
});
