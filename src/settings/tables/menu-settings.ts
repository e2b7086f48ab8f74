import { words } from '../values.js';

/** An administrator's entry in the Preferences menu. */
export interface MenuEntry {
  readonly label: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

const maxLabelLength = 100;
const numbers = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** LDM_MENU_ITEM_n and LDM_MENU_COMMAND_n, for the manual. */
export const menuVariables = [
  {
    variable: 'LDM_MENU_ITEM_0 to LDM_MENU_ITEM_9',
    meaning: 'your own entries in the Preferences menu',
    accepted: 'text; _ precedes the letter that works with Alt',
    defaultText: 'unset',
  },
  {
    variable: 'LDM_MENU_COMMAND_0 to LDM_MENU_COMMAND_9',
    meaning:
      'program that the entry of this number starts, as root, for everybody in front of the screen; an entry without a ' +
      'program is not shown',
    accepted: 'a program and its arguments, separated by white space; no shell is involved',
    defaultText: 'unset',
  },
] as const;

/** The entries, and those whose label is invalid. */
export function readMenu(variables: Readonly<Record<string, string | undefined>>): {
  readonly menu: MenuEntry[];
  readonly invalid: { readonly variable: string; readonly label: string }[];
} {
  const menu: MenuEntry[] = [];
  const invalid: { variable: string; label: string }[] = [];
  for (const number of numbers) {
    const variable = `LDM_MENU_ITEM_${number}`;
    const label = variables[variable]?.trim() ?? '';
    const command = words(variables[`LDM_MENU_COMMAND_${number}`] ?? '');
    if (label === '' || command === undefined) continue;
    if (label.length > maxLabelLength || /\p{Cc}/u.test(label)) invalid.push({ variable, label });
    else menu.push({ label, command });
  }
  return { menu, invalid };
}

export const acceptedLabel = `one line of at most ${maxLabelLength} characters`;

/** The variables that are set, with their text. */
export function menuVariablesOf(variables: Readonly<Record<string, string>>): { variable: string; value: string }[] {
  const names = numbers.flatMap((number) => [`LDM_MENU_ITEM_${number}`, `LDM_MENU_COMMAND_${number}`]);
  return names.flatMap((variable) => {
    const value = variables[variable]?.trim() ?? '';
    return value === '' ? [] : [{ variable, value }];
  });
}
