import { settingsTable } from './settings.js';
import { surroundings, withoutEffect } from './tables/classic-variables.js';

const read: readonly string[] = Object.values(settingsTable).map(({ variable }) => variable);
const known = new Set([
  ...read,
  ...[...withoutEffect, ...surroundings].flatMap(({ variable }) => variable.toUpperCase().split(', ')),
]);
const families =
  /^(LDM_MENU_(ITEM|COMMAND)_\d|SCREEN_(\d\d|DEFAULT)|(LC|XRANDR|XINITRC|NBD_ROOT)_\w+|X_MODE_\d|RDP_(SERVER|OPTIONS)_\d\d)$/;

/** Whether ldm, the classic LDM or LTSP's scripts read a variable. @param name in capital letters */
export function isKnownVariable(name: string): boolean {
  const plain = name.replace(/^SCREEN_\d\d_/, '');
  return known.has(plain) || families.test(plain);
}

/** The setting that a misspelled name probably means. */
export function nearestSetting(name: string): string | undefined {
  return read.find((variable) => Math.abs(variable.length - name.length) <= 2 && distance(variable, name) <= 2);
}

/** Levenshtein distance: the number of letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
