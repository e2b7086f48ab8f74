import { SettingsError } from './setting.js';
import { words } from './values.js';

/** An entry of the administrator's in the Preferences menu. */
export interface MenuEntry {
  readonly label: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

const numbers = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** LDM_MENU_ITEM_n and LDM_MENU_COMMAND_n, as the manual has them. */
export const menuVariables = [
  {
    variable: 'LDM_MENU_ITEM_0 to LDM_MENU_ITEM_9',
    meaning: 'entries of your own in the Preferences menu',
    accepted: 'text; _ marks the letter that works with Alt',
    usually: 'unset',
  },
  {
    variable: 'LDM_MENU_COMMAND_0 to LDM_MENU_COMMAND_9',
    meaning:
      'what the entry of that number starts, with the rights of ldm, that is root, for anybody in front of the screen; ' +
      'an entry without one is not shown',
    accepted: 'a program and its arguments, separated by white space; no shell reads them',
    usually: 'unset',
  },
] as const;

/** @throws {SettingsError} */
export function readMenu(variables: Readonly<Record<string, string | undefined>>): MenuEntry[] {
  return numbers.flatMap((number) => {
    const label = variables[`LDM_MENU_ITEM_${number}`]?.trim() ?? '';
    const command = words(variables[`LDM_MENU_COMMAND_${number}`] ?? '');
    if (label === '' || command === undefined) return [];
    if (label.length > 100 || /\p{Cc}/u.test(label)) {
      throw new SettingsError(`LDM_MENU_ITEM_${number}`, label, 'give one line of at most 100 characters');
    }
    return [{ label, command }];
  });
}
