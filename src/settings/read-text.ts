import { invalidValue, type Origin, quoted, type SettingsProblem, shown } from './problem.js';
import { Partly, type Remark, type Setting } from './setting.js';

/** Where the value of a setting comes from. */
export type Source =
  | { readonly kind: 'default' }
  /** `text`: what counts of what was said. */
  | { readonly kind: 'said'; readonly origin: Origin; readonly text: string }
  /** What was said cannot be used; another value stands in for it. */
  | { readonly kind: 'replaced'; readonly origin: Origin }
  /** LDM_SSHOPTIONS says it. */
  | { readonly kind: 'ssh-options'; readonly origin: Origin };

export interface ReadText<T> {
  readonly value: T;
  readonly source: Source;
  readonly problems: readonly SettingsProblem[];
}

/**
 * What a text makes of a setting. Never throws.
 * @param text undefined or empty where nothing was said, null where it was said in a way that cannot be read, which was
 * reported already
 */
export function readText<T>(definition: Setting<T>, text: string | null | undefined, origin: Origin): ReadText<T> {
  const { variable, accepted, defaultValue, safe, secret, parse } = definition;
  if (text === undefined || text?.trim() === '')
    return { value: defaultValue, source: { kind: 'default' }, problems: [] };
  const replaced = { value: safe ? safe.value : defaultValue, source: { kind: 'replaced', origin } } as const;
  if (text === null) {
    if (safe === undefined) return { ...replaced, problems: [] };
    // The line was reported already; what follows from it is not seen in it.
    const about = { variable, accepted, origin };
    const problem = { code: 'invalid-value', severity: 'warning', ...about } as const;
    return { ...replaced, problems: [{ ...problem, text: `${variable}: the line cannot be read; ${safe.effect}` }] };
  }
  // A blank may be part of a password.
  const said = secret ? text : text.trim();
  const value = parse(said);
  const told = secret ? '[secret]' : said;
  if (value === undefined) {
    const then = safe ? safe.effect : 'the default is used';
    const about = { variable, value: shown(told), accepted, origin };
    const problem = { code: 'invalid-value', severity: 'warning', ...about } as const;
    return { ...replaced, problems: [{ ...problem, text: invalidValue(variable, told, accepted, then) }] };
  }
  if (!(value instanceof Partly)) return { value, source: { kind: 'said', origin, text: told }, problems: [] };
  const problems = value.remarks.map((remark) => problemOf(definition, remark, origin));
  return { value: value.value, source: { kind: 'said', origin, text: value.text }, problems };
}

function problemOf<T>({ variable, accepted }: Setting<T>, remark: Remark, origin: Origin): SettingsProblem {
  const { severity, part, reason } = remark;
  return {
    code: reason === undefined ? 'invalid-value' : 'ssh-option',
    severity,
    variable,
    value: shown(part),
    ...(reason === undefined && { accepted }),
    origin,
    text: `${variable}: ${quoted(part)} is left out (${reason ?? `expected ${accepted}`})`,
  };
}
