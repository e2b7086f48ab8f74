/** Scripts and variants that glibc writes as a modifier, `sr_RS@latin`, by their BCP 47 subtags. */
const subtags: Readonly<Record<string, { readonly script?: string; readonly variant?: string }>> = {
  latin: { script: 'Latn' },
  cyrillic: { script: 'Cyrl' },
  devanagari: { script: 'Deva' },
  iqtelif: { script: 'Latn' },
  valencia: { variant: 'valencia' },
};

/** The names so far: each is looked up in data of several megabytes, and asked for again with every list. */
const known = new Map<string, string>();

/** As {@link languageName}, which it asks once for each locale. */
export function rememberedLanguageName(locale: string): string {
  const name = known.get(locale) ?? languageName(locale);
  known.set(locale, name);
  return name;
}

/** The language's own name: `de_DE.UTF-8` is `Deutsch (Deutschland)`. The locale itself where it has none, as `C`. */
export function languageName(locale: string): string {
  return nativeName(locale) ?? locale;
}

function nativeName(locale: string): string | undefined {
  const [, language, country, modifier = ''] =
    /^([a-z]{2,3})(?:_([A-Z]{2}|\d{3}))?(?:\.[\w-]+)?(?:@(\w+))?$/.exec(locale) ?? [];
  if (language === undefined) return undefined;
  const { script, variant } = subtags[modifier] ?? {};
  const tag = [language, script, country, variant].filter((part) => part !== undefined).join('-');
  const names = new Intl.DisplayNames([tag], { type: 'language', languageDisplay: 'standard', fallback: 'none' });
  const name = names.of(tag);
  // Where there is no data for a language its name would come in that of this process.
  if (name === undefined || names.resolvedOptions().locale.split('-')[0] !== language) return undefined;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
