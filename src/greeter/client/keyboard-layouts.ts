/** Keyboard layouts as XKB names them: `de`, or with a variant `fr(bepo)`. */

/** XKB holds this many at once. */
const maxGroups = 4;

/** The output of `setxkbmap -query`. */
export interface KeyboardSetup {
  readonly model: string;
  /** In the order in which a key switches between them. */
  readonly layouts: readonly string[];
  readonly options: readonly string[];
}

/** `layout: us,de` with `variant: ,nodeadkeys` is `us` and `de(nodeadkeys)`. */
export function readQuery(output: string): KeyboardSetup {
  const text = (key: string): string => new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(output)?.[1]?.trim() ?? '';
  const list = (key: string): string[] => text(key).split(',');
  return {
    model: text('model'),
    layouts: withVariants(list('layout'), list('variant')).filter((id) => id !== ''),
    options: list('options').filter((option) => option !== ''),
  };
}

/** Joins XKB's two lists; a layout that names its own variant keeps it. */
export function withVariants(layouts: readonly string[], variants: readonly string[]): string[] {
  return layouts.map((layout, i) => (variants[i] && !layout.includes('(') ? `${layout}(${variants[i]})` : layout));
}

/**
 * The layouts that are offered. A plain name means the variant that was set up for it: an administrator who offers `ch`
 * beside others does not want to replace the `ch(fr)` of a keyboard.
 */
export function offeredLayouts(wanted: readonly string[], setUp: readonly string[]): string[] {
  return wanted.map((id) => {
    if (setUp.includes(id)) return id;
    const variant = setUp.find((other) => plainName(other) === id);
    return variant === undefined || wanted.includes(variant) ? id : variant;
  });
}

/**
 * The layouts to set up: the chosen one first, then the others, so that a key that switches between them (`XKBOPTIONS`)
 * still reaches them.
 */
export function layoutsWith(id: string, others: readonly string[]): string[] {
  return [id, ...others.filter((other) => other !== id)].slice(0, maxGroups);
}

/** Arguments for `setxkbmap`, which keeps everything else. */
export function layoutArguments(ids: readonly string[]): string[] {
  const parts = ids.map((id) => /^([^(]*)\((.*)\)$/.exec(id) ?? [id, id, '']);
  const joined = (part: 1 | 2): string => parts.map((one) => one[part]).join(',');
  return ['-layout', joined(1), '-variant', joined(2)];
}

/** Readable name of a layout, by the list of {@link readNames}. */
export function layoutName(id: string, names: ReadonlyMap<string, string>): string {
  const known = names.get(id);
  if (known !== undefined) return known;
  const plain = names.get(plainName(id));
  return plain === undefined ? id : `${plain} ${id.slice(plainName(id).length)}`;
}

function plainName(id: string): string {
  return id.replace(/\(.*/, '');
}

/** Names by id, from the sections `! layout` and `! variant` of XKB's list. */
export function readNames(list: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let section: string | undefined;
  for (const line of list.split('\n')) {
    section = /^! (\w+)/.exec(line)?.[1] ?? section;
    const { id, text = '' } = /^\s+(?<id>\S+)\s+(?<text>.*)/.exec(line)?.groups ?? {};
    if (id === undefined) continue;
    if (section === 'layout') names.set(id, text);
    const { layout, name = '' } = /^(?<layout>\w+): (?<name>.*)/.exec(text)?.groups ?? {};
    if (section === 'variant' && layout !== undefined) names.set(`${layout}(${id})`, name);
  }
  return names;
}
