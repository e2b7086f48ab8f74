/** Parsers for the text of a setting. Each returns undefined for an invalid text. */
import { parseHardwareAddress } from '../shared/hardware-address.js';
import { Partly } from './setting.js';

export function words(text: string): readonly string[] | undefined {
  const list = text.split(/\s+/).filter((word) => word !== '');
  return list.length > 0 ? list : undefined;
}

export function absolutePath(text: string): string | undefined {
  return text.startsWith('/') && !hasControls(text) ? text : undefined;
}

/** A list of words. The valid ones are used, the others are reported. */
export function listOf(
  isValid: (word: string) => boolean,
): (text: string) => readonly string[] | Partly<readonly string[]> | undefined {
  return (text) => {
    const list = words(text) ?? [];
    const valid = list.filter(isValid);
    if (valid.length === 0) return undefined;
    const rest = list.filter((word) => !isValid(word));
    if (rest.length === 0) return valid;
    return new Partly(
      valid,
      rest.map((part) => ({ severity: 'warning', part })),
      valid.join(' '),
    );
  };
}

/** `app1=52:54:00:12:34:56 app2=...` */
export function hardwareAddresses(
  text: string,
): ReadonlyMap<string, string> | Partly<ReadonlyMap<string, string>> | undefined {
  const pair = (word: string): [string, string] | undefined => {
    const [, name, address = ''] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    const mac = parseHardwareAddress(address);
    return name === undefined || mac === undefined ? undefined : [name, mac];
  };
  const list = listOf((word) => pair(word) !== undefined)(text);
  if (list === undefined) return undefined;
  const toMap = (words: readonly string[]) => new Map(words.map(pair).filter((one) => one !== undefined));
  return list instanceof Partly ? new Partly(toMap(list.value), list.remarks, list.text) : toMap(list);
}

export const absolutePaths = listOf((word) => absolutePath(word) !== undefined);

export function oneLine(text: string): string | undefined {
  return hasControls(text) ? undefined : text;
}

export function locale(text: string): string | undefined {
  return /^[A-Za-z][\w.@-]{0,99}$/.test(text) ? text : undefined;
}

/** The values that the classic accepted, and `1` and `on`, which it misread as no. */
export function yesOrNo(text: string): boolean | undefined {
  if (/^(y|yes|t|true|1|on)$/i.test(text)) return true;
  return /^(n|no|f|false|0|off)$/i.test(text) ? false : undefined;
}
export const acceptedYesOrNo = 'yes or no (y, true, 1, on; n, false, 0, off)';

/** @returns ms */
export function seconds(text: string): number | undefined {
  const ms = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  return ms >= 100 && ms <= 300_000 ? ms : undefined;
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
}

export const port = wholeNumber(1, 65535);

export function choice<T extends string>(meanings: Readonly<Record<string, T>>): (text: string) => T | undefined {
  const known = new Map(Object.entries(meanings));
  return (text) => known.get(text.toLowerCase());
}

export function sameNames<T extends string>(names: readonly T[]): Record<T, T> {
  return Object.fromEntries(names.map((name) => [name, name])) as Record<T, T>;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
