/** The lts.conf file: sections of NAME=value lines, of which each client takes those that mean it. */

/** A line that cannot be meant. `code` is stable; the message names file and line. */
export class LtsConfError extends Error {
  readonly code = 'lts-conf';
  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
  }
}

/** Who this client is, for the choice of sections. */
export interface ClientIdentity {
  readonly hostName: string;
  readonly addresses: readonly string[];
  /** Colon form, any case. */
  readonly macs: readonly string[];
}

type Section = Map<string, { value: string; line: number }>;

/**
 * Reads an lts.conf text for one client. Host name, address and MAC (in this order) name sections of their own,
 * then sections whose name is a glob that matches, then `[default]`; what is found first counts. `LIKE = section`
 * adds another section's values behind the section's own.
 * @throws {LtsConfError} naming file and line
 */
export function readLtsConf(text: string, file: string, client: ClientIdentity): Record<string, string> {
  const sections = parseSections(text, file);
  const values = new Map<string, string>();
  for (const name of sectionsFor(sections, client)) collect(sections, name, file, [], values);
  return Object.fromEntries(values);
}

function parseSections(text: string, file: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  let current: Section | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const number = index + 1;
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[\s*([^\]]+?)\s*\]\s*(#.*)?$/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.toLowerCase();
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new LtsConfError(file, number, `neither [section] nor NAME = value: ${JSON.stringify(line)}`);
    }
    if (current === undefined) {
      throw new LtsConfError(file, number, `${name} stands before the first [section]; put [default] above it`);
    }
    const variable = name.toUpperCase() === 'LIKE' ? 'LIKE' : name;
    current.set(variable, { value: unquote(value, file, number), line: number });
  }
  return sections;
}

function unquote(value: string, file: string, line: number): string {
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return value.replace(/\s+#.*$/, '').trim();
  const end = value.indexOf(quote, 1);
  const rest = end < 0 ? '' : value.slice(end + 1).trim();
  if (end < 0 || (rest !== '' && !rest.startsWith('#'))) {
    throw new LtsConfError(file, line, `the quotes of ${value} do not close at its end`);
  }
  return value.slice(1, end);
}

function sectionsFor(sections: ReadonlyMap<string, Section>, client: ClientIdentity): string[] {
  const own = [client.hostName, ...client.addresses, ...client.macs].map((name) => name.toLowerCase());
  const exact = own.filter((name) => name !== 'default' && sections.has(name));
  const globs = [...sections.keys()].filter(
    (pattern) => /[*?]/.test(pattern) && own.some((name) => globMatches(pattern, name)),
  );
  return [...exact, ...globs, ...(sections.has('default') ? ['default'] : [])];
}

function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`).test(name);
}

function collect(
  sections: ReadonlyMap<string, Section>,
  name: string,
  file: string,
  path: readonly string[],
  values: Map<string, string>,
): void {
  const section = sections.get(name);
  if (section === undefined) return;
  for (const [variable, { value }] of section) {
    if (variable !== 'LIKE' && !values.has(variable)) values.set(variable, value);
  }
  const like = section.get('LIKE');
  if (like === undefined) return;
  const target = like.value.replace(/^\[|\]$/g, '').toLowerCase();
  if (!sections.has(target)) throw new LtsConfError(file, like.line, `LIKE names [${like.value}], which is not there`);
  if ([...path, name].includes(target)) throw new LtsConfError(file, like.line, 'LIKE leads back to its own section');
  collect(sections, target, file, [...path, name], values);
}
