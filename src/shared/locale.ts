/** The spelling that sessions and info services use: `de_DE.utf8`, as glibc lists it, is `de_DE.UTF-8`. */
export function canonicalLocale(locale: string): string {
  return locale.trim().replace(/\.utf-?8/i, '.UTF-8');
}
