/**
 * Reads the address of a network card, with colons or dashes, in any case.
 * @returns in lower case with colons, as in `52:54:00:12:34:56`; undefined for anything else
 */
export function parseHardwareAddress(text: string): string | undefined {
  return /^[\da-f]{2}([:-][\da-f]{2}){5}$/i.test(text) ? text.toLowerCase().replaceAll('-', ':') : undefined;
}
