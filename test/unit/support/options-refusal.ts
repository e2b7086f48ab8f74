import { OptionsError } from '../../../src/ldminfod/options/option-table.js';

/** What an action is refused with. */
export function refusal(action: () => unknown): { readonly code: string; readonly message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof OptionsError) return { code: error.code, message: error.message };
  }
  throw new Error('nothing was refused');
}
