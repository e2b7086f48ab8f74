import { words } from '../values.js';

/** An entry of the administrator's in the Preferences menu. */
export interface MenuEntry {
  readonly label: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

const longestLabel = 100;
const numbers = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** LDM_MENU_ITEM_n and LDM_MENU_COMMAND_n, as the manual has them. */
export const menuVariables = [
  {
    variable: 'LDM_MENU_ITEM_0 to LDM_MENU_ITEM_9',
    meaning: 'entries of your own in the Preferences menu',
    accepted: 'text; _ marks the letter that works with Alt',
    defaultText: 'unset',
  },
  {
    variable: 'LDM_MENU_COMMAND_0 to LDM_MENU_COMMAND_9',
    meaning:
      'what the entry of that number starts, with the rights of ldm, that is root, for anybody in front of the screen; ' +
      'an entry without one is not shown',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    defaultText: 'unset',
  },
] as const;

/** The entries, and the numbers of those whose text cannot be shown. */
export function readMenu(variables: Readonly<Record<string, string | undefined>>): {
  readonly menu: MenuEntry[];
  readonly unusable: { readonly variable: string; readonly label: string }[];
} {
  const menu: MenuEntry[] = [];
  const unusable: { variable: string; label: string }[] = [];
  for (const number of numbers) {
    const variable = `LDM_MENU_ITEM_${number}`;
    const label = variables[variable]?.trim() ?? '';
    const command = words(variables[`LDM_MENU_COMMAND_${number}`] ?? '');
    if (label === '' || command === undefined) continue;
    if (label.length > longestLabel || /\p{Cc}/u.test(label)) unusable.push({ variable, label });
    else menu.push({ label, command });
  }
  return { menu, unusable };
}

export const acceptedLabel = `one line of at most ${longestLabel} characters`;

/** Those that are set, as they are set. */
export function menuVariablesOf(variables: Readonly<Record<string, string>>): { variable: string; value: string }[] {
  const names = numbers.flatMap((number) => [`LDM_MENU_ITEM_${number}`, `LDM_MENU_COMMAND_${number}`]);
  return names.flatMap((variable) => {
    const value = variables[variable]?.trim() ?? '';
    return value === '' ? [] : [{ variable, value }];
  });
}
