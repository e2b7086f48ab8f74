/** What one variable of the administrator's means, and what is accepted for it. */
export interface Setting<T> {
  readonly variable: string;
  /** One line for the manual. */
  readonly meaning: string;
  /** What is accepted, for the manual and for the error. */
  readonly accepted: string;
  readonly fallback: T;
  /** The fallback in words, for the manual, where it does not read well as it is. */
  readonly usually?: string;
  /** Its value is shown nowhere, not even in an error, and handed to nobody. */
  readonly secret?: true;
  /** @returns undefined where the text cannot be meant */
  readonly parse: (text: string) => T | undefined;
}

export const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** A setting that cannot be meant. `code` is stable; the message names variable, value and what is accepted. */
export class SettingsError extends Error {
  readonly code = 'wrong-setting';
  constructor(
    readonly variable: string,
    readonly value: string,
    readonly accepted: string,
  ) {
    super(`${variable}=${JSON.stringify(value)} cannot be used: ${accepted}`);
  }
}
