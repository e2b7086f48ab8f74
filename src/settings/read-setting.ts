import { invalidValue, type Origin, quoted, type SettingsProblem, shown } from './problem.js';
import { Partly, type Remark, type Setting } from './setting.js';

/** The source of a setting's value. */
export type Source =
  | { readonly kind: 'default' }
  /** `text`: the valid part of the text. */
  | { readonly kind: 'set'; readonly origin: Origin; readonly text: string }
  /** The text is invalid, and another value replaces it. */
  | { readonly kind: 'replaced'; readonly origin: Origin }
  /** LDM_SSHOPTIONS sets it. */
  | { readonly kind: 'ssh-options'; readonly origin: Origin };

export interface ReadSetting<T> {
  readonly value: T;
  readonly source: Source;
  readonly problems: readonly SettingsProblem[];
}

/**
 * Reads a setting from its text. Never throws.
 * @param text undefined or empty where it is unset, null where its line cannot be parsed, which is reported elsewhere
 */
export function readSetting<T>(
  definition: Setting<T>,
  text: string | null | undefined,
  origin: Origin,
): ReadSetting<T> {
  const { variable, accepted, defaultValue, safe, secret, parse } = definition;
  if (text === undefined || text?.trim() === '')
    return { value: defaultValue, source: { kind: 'default' }, problems: [] };
  const replaced = { value: safe ? safe.value : defaultValue, source: { kind: 'replaced', origin } } as const;
  if (text === null) {
    if (safe === undefined) return { ...replaced, problems: [] };
    // The report of the line does not say what follows from it.
    const about = { variable, accepted, origin };
    const problem = { code: 'invalid-value', severity: 'warning', ...about } as const;
    return { ...replaced, problems: [{ ...problem, text: `${variable}: the line cannot be read; ${safe.effect}` }] };
  }
  // A space may be part of a password.
  const raw = secret ? text : text.trim();
  const value = parse(raw);
  const visible = secret ? '[secret]' : raw;
  if (value === undefined) {
    const effect = safe ? safe.effect : 'the default is used';
    const about = { variable, value: shown(visible), accepted, origin };
    const problem = { code: 'invalid-value', severity: 'warning', ...about } as const;
    return { ...replaced, problems: [{ ...problem, text: invalidValue(variable, visible, accepted, effect) }] };
  }
  if (!(value instanceof Partly)) return { value, source: { kind: 'set', origin, text: visible }, problems: [] };
  const problems = value.remarks.map((remark) => problemOf(definition, remark, origin));
  return { value: value.value, source: { kind: 'set', origin, text: value.text }, problems };
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
