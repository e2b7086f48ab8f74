/** What one variable means, and which values it accepts. */
export interface Setting<T> {
  readonly variable: string;
  /** One line for the manual. */
  readonly meaning: string;
  /** Accepted values, for the manual and for the report of a problem. */
  readonly accepted: string;
  readonly defaultValue: T;
  /** The default in words, where the value itself does not read well. */
  readonly defaultText?: string;
  /**
   * Replaces an invalid value where the default would trust or allow more than was meant; `effect` is what it does, for
   * the report of the problem.
   */
  readonly safe?: { readonly value: T; readonly effect: string };
  /** Its value is never shown, not even in the report of a problem, and never passed on. */
  readonly secret?: true;
  /** @returns undefined for an invalid value; {@link Partly} where a part of it is valid */
  readonly parse: (text: string) => T | Partly<T> | undefined;
}

export const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** A value that was made of the valid part of a text, with remarks about the rest. */
export class Partly<T> {
  constructor(
    readonly value: T,
    readonly remarks: readonly Remark[],
    /** The valid part of the text. */
    readonly text: string,
  ) {}
}

export interface Remark {
  /** `info` where leaving the rest out loses nothing. */
  readonly severity: 'warning' | 'info';
  /** The part that is left out. */
  readonly part: string;
  /** Why it is left out; undefined for an invalid value. */
  readonly reason?: string;
}
