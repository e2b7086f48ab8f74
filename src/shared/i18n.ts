/**
 * Translations of the user interface. The code has every sentence in English, as `t('...')`. The catalogs in po/ have the
 * translations, and the build converts each of them to JSON. Both processes use this module.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By English sentence: the translation, or one translation for each plural form, in the order of the PO file. */
export type Catalogue = Readonly<Record<string, string | readonly string[]>>;

interface Translation {
  /** BCP 47 tag: `de`, `pt-BR`, `en`. */
  readonly language: string;
  readonly catalogue: Catalogue;
}

type Values = Readonly<Record<string, string | number>>;

const english: Translation = { language: 'en', catalogue: {} };
let current = english;

/**
 * Sets the language of this process. Call it once, at the start.
 * @param folder the directory of the catalogs, such as `de.json`
 * @param environment LANGUAGE, LC_ALL, LC_MESSAGES and LANG are evaluated, as by gettext
 */
export function useLanguage(folder: string, environment: Readonly<Record<string, string | undefined>>): void {
  current = english;
  for (const name of wantedCatalogues(environment)) {
    const catalogue = readCatalogue(join(folder, `${name}.json`));
    if (catalogue === undefined) continue;
    current = { language: name.replace('_', '-'), catalogue };
    return;
  }
}

/** The sentence in the user's language. `{name}` is replaced by the value of that name. */
export function t(english: string, values: Values = {}): string {
  const found = current.catalogue[english];
  return fill(typeof found === 'string' ? found : english, values);
}

/** As {@link t}, for a sentence that depends on a number, its `{count}`. */
export function tn(one: string, many: string, count: number, values: Values = {}): string {
  const forms = current.catalogue[one];
  const known = Array.isArray(forms) ? forms : [one, many];
  const form = known[Math.min(pluralForm(current.language, count), known.length - 1)];
  return fill(form ?? many, { ...values, count });
}

/** False in English, which needs no catalog. */
export function isTranslated(): boolean {
  return current !== english;
}

export function isRightToLeft(): boolean {
  return ['ar', 'fa', 'he', 'ur'].includes(current.language.replace(/-.*/, ''));
}

/** Names of catalogs in the order of preference: `de_AT`, `de`. The list ends at English, which needs no catalog. */
export function wantedCatalogues(environment: Readonly<Record<string, string | undefined>>): string[] {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || 'C';
  if (locale === 'C' || locale === 'POSIX') return [];
  const languages = [...(environment.LANGUAGE ?? '').split(':'), locale].filter((name) => name !== '');
  const names: string[] = [];
  for (const name of languages) {
    const [, language, country] = /^([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@].*)?$/.exec(name) ?? [];
    if (language === undefined || language === 'en') return names;
    if (country !== undefined) names.push(`${language}_${country}`);
    names.push(language);
  }
  return names;
}

/** The plural categories of Unicode, in the order of the plural forms in PO files. */
const categories = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

/** The index of the plural form in a PO file. A file with fewer forms uses its last one for the rest. */
export function pluralForm(language: string, count: number): number {
  const rules = new Intl.PluralRules(language);
  const used = categories.filter((category) => rules.resolvedOptions().pluralCategories.includes(category));
  return used.indexOf(rules.select(count));
}

function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

function readCatalogue(file: string): Catalogue | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isCatalogue(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isCatalogue(value: unknown): value is Catalogue {
  if (typeof value !== 'object' || value === null) return false;
  const isText = (one: unknown): boolean => typeof one === 'string';
  return Object.values(value).every((one) => isText(one) || (Array.isArray(one) && one.every(isText)));
}

/** The date in the short form of the locale in LC_TIME. */
export function dateText(day: Date, environment: Readonly<Record<string, string | undefined>>): string {
  const locale = environment.LC_ALL || environment.LC_TIME || environment.LANG || '';
  const [, language, country] = /^([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@]|$)/.exec(locale) ?? [];
  const tag = [language ?? current.language, country].filter((part) => part !== undefined).join('-');
  return new Intl.DateTimeFormat(tag, { dateStyle: 'short' }).format(day);
}
