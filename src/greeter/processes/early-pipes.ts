/** File descriptors of a greeter that was started beside `ldm` (src/early.pl). */
export interface EarlyPipes {
  /** For typed text, and for the looks. */
  readonly typed: number;
  /** Where the greeter's parent tells the number of the process, and how it ends, a line each. */
  readonly end: number;
}

export const earlyPipesVariable = 'LDM_EARLY_GREETER';

export function earlyPipes(environment: NodeJS.ProcessEnv): EarlyPipes | undefined {
  const [, typed, end] = /^(\d{1,3}),(\d{1,3})$/.exec(environment[earlyPipesVariable] ?? '') ?? [];
  return typed === undefined || end === undefined ? undefined : { typed: Number(typed), end: Number(end) };
}
