/**
 * What the login screen says in the user's language. Every sentence stands in the code in English, as `t('...')`; the
 * catalogues in po/ hold the others, and the build makes one file of JSON of each. Both processes use this.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By English sentence: the translation, or one for each plural form in the order of the PO file. */
export type Catalogue = Readonly<Record<string, string | readonly string[]>>;

interface Words {
  /** BCP 47 tag: `de`, `pt-BR`, `en`. */
  readonly language: string;
  readonly catalogue: Catalogue;
}

type Values = Readonly<Record<string, string | number>>;

const english: Words = { language: 'en', catalogue: {} };
let words = english;

/**
 * Chooses the language of this process, once at its start.
 * @param folder the catalogues, `de.json`
 * @param environment of which LANGUAGE, LC_ALL, LC_MESSAGES and LANG count, as for gettext
 */
export function useLanguage(folder: string, environment: Readonly<Record<string, string | undefined>>): void {
  words = english;
  for (const name of wantedCatalogues(environment)) {
    const catalogue = readCatalogue(join(folder, `${name}.json`));
    if (catalogue === undefined) continue;
    words = { language: name.replace('_', '-'), catalogue };
    return;
  }
}

/** The sentence in the user's language. `{name}` stands for a value, which is put in as it is. */
export function t(english: string, values: Values = {}): string {
  const found = words.catalogue[english];
  return fill(typeof found === 'string' ? found : english, values);
}

/** As {@link t}, of a sentence that depends on a number. `{count}` stands for it. */
export function tn(one: string, many: string, count: number, values: Values = {}): string {
  const forms = words.catalogue[one];
  const known = Array.isArray(forms) ? forms : [one, many];
  const form = known[Math.min(pluralForm(words.language, count), known.length - 1)];
  return fill(form ?? many, { ...values, count });
}

/** Marks a sentence that is translated elsewhere, so that the catalogues get it. */
export function mark(english: string): string {
  return english;
}

/** False in English, where the sentences stand for themselves. */
export function isTranslated(): boolean {
  return words !== english;
}

export function isRightToLeft(): boolean {
  return ['ar', 'fa', 'he', 'ur'].includes(words.language.replace(/-.*/, ''));
}

/** Names of catalogues in the order of preference: `de_AT`, `de`. English needs none, so the list ends there. */
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

/** Unicode's plural categories in the order in which PO files number them. */
const categories = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

/** Which form of a PO file a number takes. Where a file has fewer, its last stands for the rest. */
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

/** The day, shortly, as the locale of LC_TIME writes it. */
export function dateText(day: Date, environment: Readonly<Record<string, string | undefined>>): string {
  const locale = environment.LC_ALL || environment.LC_TIME || environment.LANG || '';
  const [, language, country] = /^([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@]|$)/.exec(locale) ?? [];
  const tag = [language ?? words.language, country].filter((part) => part !== undefined).join('-');
  return new Intl.DateTimeFormat(tag, { dateStyle: 'short' }).format(day);
}
