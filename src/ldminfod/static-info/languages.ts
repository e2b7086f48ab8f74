/** Which languages this server offers: the classic's rules over `locale -a`. */

/** What the rules need; all of it text as the system gives it. */
export interface LanguageSources {
  /** The server's own LANG; undefined where it has none. */
  readonly lang: string | undefined;
  /** Output of `locale -a`. */
  readonly locales: string;
  /** The whitelist file: one locale a line, `#` starts a comment; undefined where there is no such file. */
  readonly whitelist: string | undefined;
}

/**
 * The server's own language first, then every UTF-8 locale in order of name, without C, POSIX and those with a
 * modifier, as classic clients expect them. With a whitelist only what stands on it is told, the server's own
 * language included: every client has "Default" for that. A whitelist without an entry limits nothing.
 */
export function listLanguages({ lang, locales, whitelist }: LanguageSources): string[] {
  const own = lang === undefined || lang.trim() === '' ? [] : [utf8Spelling(lang.trim())];
  const others = locales
    .split('\n')
    .map((line) => line.trim())
    .filter((locale) => /\.utf-?8$/i.test(locale))
    .map(utf8Spelling)
    .sort();
  const allowed = whitelistEntries(whitelist ?? '');
  const languages = [...new Set([...own, ...others])].filter((one) => one.length <= maxLocaleLength);
  return allowed.size === 0
    ? languages
    : languages.filter((one) => allowed.has(one) || allowed.has(one.replace(/\..*$/, '')));
}

/** glibc's names are far shorter; a longer one is no locale. */
const maxLocaleLength = 100;

/** `de_DE.utf8`, as glibc lists it, is `de_DE.UTF-8` on the wire. */
function utf8Spelling(locale: string): string {
  return locale.replace(/\.utf-?8/i, '.UTF-8');
}

function whitelistEntries(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split('\n')
      .map((line) => line.replace(/#.*$/, '').trim())
      .filter((entry) => entry !== '')
      .map(utf8Spelling),
  );
}

/** LANG from a shell-like file such as /etc/default/locale; undefined where it is not set there. */
export function langFromFile(text: string): string | undefined {
  const value = /^\s*(?:export\s+)?LANG=["']?([^"'\s#]+)/m.exec(text)?.[1];
  return value === undefined || value === '' ? undefined : value;
}
