/** The languages that this server offers, by the rules of the classic LDM for `locale -a`. */
import { canonicalLocale } from '../../shared/locale.js';

/** The input of the rules, as text of the system. */
export interface LanguageSources {
  /** The server's own LANG; undefined where it has none. */
  readonly lang: string | undefined;
  /** Output of `locale -a`. */
  readonly locales: string;
  /** The whitelist file: one locale per line, `#` starts a comment; undefined where the file is missing. */
  readonly whitelist: string | undefined;
}

/**
 * The server's own language first, then every UTF-8 locale in order of name, without C, POSIX and those with a
 * modifier, as classic clients expect them. A whitelist limits all of them, also the server's own language, since every
 * client offers "Default" for that. An empty whitelist limits nothing.
 */
export function listLanguages({ lang, locales, whitelist }: LanguageSources): string[] {
  const own = lang === undefined || lang.trim() === '' ? [] : [canonicalLocale(lang)];
  const others = locales
    .split('\n')
    .map((line) => line.trim())
    .filter((locale) => /\.utf-?8$/i.test(locale))
    .map(canonicalLocale)
    .sort();
  const allowed = whitelistEntries(whitelist ?? '');
  const languages = [...new Set([...own, ...others])].filter((one) => one.length <= maxLocaleLength);
  return allowed.size === 0
    ? languages
    : languages.filter((one) => allowed.has(one) || allowed.has(one.replace(/\..*/, '')));
}

/** In characters. The names of glibc are far shorter. */
const maxLocaleLength = 100;

function whitelistEntries(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((entry) => entry !== '')
      .map(canonicalLocale),
  );
}

/** LANG from a shell-like file such as /etc/default/locale; undefined where the file does not set it. */
export function langFromFile(text: string): string | undefined {
  return /^\s*(?:export\s+)?LANG=["']?([^"'\s#]+)/m.exec(text)?.[1];
}
