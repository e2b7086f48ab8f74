/** What one variable means, and what is accepted for it. */
export interface Setting<T> {
  readonly variable: string;
  /** One line for the manual. */
  readonly meaning: string;
  /** What is accepted, for the manual and for the report of a problem. */
  readonly accepted: string;
  readonly fallback: T;
  /** The fallback in words, for the manual, where it does not read well as it is. */
  readonly usually?: string;
  /** Stands in for a value that cannot be used, where the fallback would trust or allow more than was meant. */
  readonly safe?: { readonly value: T; readonly inWords: string };
  /** Its value is shown nowhere, not even in a report of a problem, and handed to nobody. */
  readonly secret?: true;
  /** @returns undefined where the text cannot be used; {@link Partly} where a part of it can */
  readonly parse: (text: string) => T | Partly<T> | undefined;
}

export const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** A value that was made of a part of the text, with what is to be said of the rest. */
export class Partly<T> {
  constructor(
    readonly value: T,
    readonly remarks: readonly Remark[],
    /** What counts of the text. */
    readonly text: string,
  ) {}
}

export interface Remark {
  /** `info` where the rest means nothing here, so that nothing is lost. */
  readonly severity: 'warning' | 'info';
  /** The part of the text. */
  readonly part: string;
  /** Why it is left out; undefined where it is not what is accepted. */
  readonly reason?: string;
}
