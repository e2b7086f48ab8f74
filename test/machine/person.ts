/** Somebody in front of the machine, who reads the screen and types. */
import type { Machine } from './qemu.js';
import { readScreen, roles, type Widget, words } from './screen.js';
import { eventually } from './wait.js';

/** The account that docs/small-cluster.md makes on the servers. */
export const account = { user: 'anna', password: 'ten-minutes' } as const;

/** Bounds for a machine without KVM, beside others: what is waited for is not judged by its speed. */
export const patience = { boot: 900, screen: 900, step: 300 } as const;

const waitsFor = (screen: readonly Widget[], role: number): boolean =>
  screen.some((widget) => widget.role === role && widget.isFocused && widget.isSensitive);

/** Waits until the screen says something. @returns all that it says */
export async function reads(machine: Machine, wanted: RegExp, seconds: number = patience.screen): Promise<string> {
  let last = '';
  return eventually(`${wanted} on the screen`, seconds, async () => {
    last = words(await readScreen(machine.guest));
    return wanted.test(last) && last;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says:\n${last}`, { cause: error });
  });
}

/** Waits until the login window takes a user name. @returns what else it says */
export async function seesLogin(machine: Machine, seconds: number = patience.screen): Promise<string> {
  return eventually('a login window that takes a user name', seconds, async () => {
    const screen = await readScreen(machine.guest);
    return waitsFor(screen, roles.text) && screen.some(({ name }) => name === 'Username') && words(screen);
  });
}

/** Types name and password, each when the window takes it. */
export async function logsIn(machine: Machine, { user, password } = account): Promise<void> {
  await seesLogin(machine);
  await machine.type(`${user}\n`);
  await eventually('an entry for the password', patience.step, async () =>
    waitsFor(await readScreen(machine.guest), roles.passwordText),
  );
  await machine.type(`${password}\n`);
}

/** Opens the menu of the login window and takes an item by the letter that is underlined in it. */
export async function takesItem(machine: Machine, letter: string, item: RegExp): Promise<void> {
  await seesLogin(machine);
  await machine.press('alt', 'p');
  await reads(machine, item, patience.step);
  await machine.press(letter);
}
