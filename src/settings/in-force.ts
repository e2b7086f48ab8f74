import { type Origin, shown } from './problem.js';
import { type Setting, type SettingKey, type Settings, settingsTable } from './settings.js';
import { menuVariablesOf } from './tables/menu-settings.js';
import { valueText } from './value-text.js';

/** One setting with its current value. */
export interface InForce {
  readonly variable: string;
  /** Null for a secret. */
  readonly value: string | null;
  /** Undefined for a default. */
  readonly origin: Origin | undefined;
  /** The variable that sets it, where that is another one. */
  readonly through?: string;
  /** The text is invalid, and this value replaces it. */
  readonly replaced?: true;
}

/** Every setting in the order of the manual, then the menu entries that are set. */
export function settingsInForce(settings: Settings): readonly InForce[] {
  const keys = Object.keys(settingsTable) as SettingKey[];
  const entries = menuVariablesOf(settings.variables).map(
    ({ variable, value }): InForce => ({ variable, value: shown(value), origin: settings.originOf(variable) }),
  );
  return [...keys.map((key) => inForce(key, settings)), ...entries];
}

function inForce(key: SettingKey, settings: Settings): InForce {
  const { variable, secret, defaultValue, defaultText, safe }: Setting<unknown> = settingsTable[key];
  const source = settings.sources[key];
  const byDefault = defaultText ?? valueText(defaultValue);
  switch (source.kind) {
    case 'default':
      return { variable, value: byDefault, origin: undefined };
    case 'set':
      return { variable, value: secret ? null : shown(source.text), origin: source.origin };
    case 'replaced':
      return { variable, value: safe?.effect ?? byDefault, origin: source.origin, replaced: true };
    case 'ssh-options': {
      // Only settings that LDM_SSHOPTIONS can set get here, and each of them is stored under its key.
      const value: unknown = Object.entries(settings).find(([name]) => name === key)?.[1];
      const text = key.endsWith('Ms') ? String(Number(value) / 1000) : valueText(value);
      return { variable, value: text, origin: source.origin, through: settingsTable.sshOptions.variable };
    }
  }
}
