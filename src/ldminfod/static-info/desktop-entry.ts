/** Session files by the Desktop Entry Specification, version 1.5, as far as sessions need it. */

export interface DesktopEntry {
  /** In the requested language, where the file has it. */
  readonly name: string | undefined;
  /** The command, unescaped and without field codes (`%U`). */
  readonly exec: string | undefined;
  readonly tryExec: string | undefined;
  /** Hidden or NoDisplay: the session is not offered. */
  readonly hidden: boolean;
}

/**
 * Reads only the group `[Desktop Entry]`, so that the name of an action cannot overwrite that of the session.
 * @param locale the language of the name, `de_DE.UTF-8` form; undefined for the untranslated one
 * @returns undefined when the text has no such group
 */
export function parseDesktopEntry(text: string, locale: string | undefined): DesktopEntry | undefined {
  const values = mainGroup(text);
  if (values === undefined) return undefined;
  const nameKeys = [...localeKeys(locale).map((key) => `Name[${key}]`), 'Name'];
  const nameKey = nameKeys.find((key) => values.has(key));
  const string = (key: string): string | undefined => {
    const value = unescapeString(values.get(key) ?? '').trim();
    return value === '' ? undefined : value;
  };
  const exec = string('Exec');
  return {
    name: nameKey === undefined ? undefined : string(nameKey),
    exec: exec === undefined ? undefined : withoutFieldCodes(exec),
    tryExec: string('TryExec'),
    hidden: isTrue(values.get('Hidden')) || isTrue(values.get('NoDisplay')),
  };
}

function mainGroup(text: string): ReadonlyMap<string, string> | undefined {
  let values: Map<string, string> | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line.startsWith('[')) {
      if (values !== undefined) break;
      if (line === '[Desktop Entry]') values = new Map();
      continue;
    }
    const [, key, value = ''] = /^([A-Za-z0-9-]+(?:\[[^\]]*\])?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (values !== undefined && key !== undefined && !values.has(key)) values.set(key, value);
  }
  return values;
}

/** Section "Localized values for keys": `lang_COUNTRY@MODIFIER`, `lang_COUNTRY`, `lang@MODIFIER`, `lang`. */
function localeKeys(locale: string | undefined): string[] {
  const [, lang, country = '', modifier = ''] =
    /^([a-z]{2,8})(_[A-Z0-9]+)?(?:\.[^@]*)?(@\w+)?$/i.exec(locale ?? '') ?? [];
  return lang === undefined ? [] : [`${lang}${country}${modifier}`, `${lang}${country}`, `${lang}${modifier}`, lang];
}

const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

function unescapeString(value: string): string {
  return value.replace(/\\([sntr\\])/g, (whole, letter: string) => escapes[letter] ?? whole);
}

/** Section "The Exec key": a session gets no file or URL, so field codes expand to nothing; `%%` is `%`. */
function withoutFieldCodes(exec: string): string {
  return exec
    .replace(/\s*%([fFuUdDnNickvm])|%%/g, (_, code: string | undefined) => (code === undefined ? '%' : ''))
    .trim();
}

/** The specification allows only `true`. Older files use `1`. */
function isTrue(value: string | undefined): boolean {
  return /^(true|1)$/i.test(value ?? '');
}
