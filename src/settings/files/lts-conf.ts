/** The lts.conf file: sections of NAME=value lines, of which each client takes those that mean it. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { globMatches, isGlob } from '../../shared/glob.js';
import { type Place, quoted, type SettingsProblem } from '../problem.js';
import { type IsVariable, readLine, type Statement } from './lts-conf-line.js';

/** Who this client is, for the choice of sections. */
export interface ClientIdentity {
  readonly hostName: string;
  readonly addresses: readonly string[];
  /** Colon form, any case. */
  readonly macs: readonly string[];
}

/** The text of a file, and what is wrong with it as a whole. */
export interface FileText {
  /** Name of the file itself, links resolved, by which an include that leads back is noticed. */
  readonly id: string;
  readonly text: string;
  readonly problems: readonly SettingsProblem[];
  /** Settings that it speaks of in a part that cannot be read, which must not count as unset. */
  readonly unreadable: readonly string[];
  /** Why it could not be read at all. */
  readonly failed?: string;
}

/** What a file says of one variable. */
export interface Entry {
  readonly variable: string;
  /** Undefined where the line cannot be read. Empty where the variable is to count as unset. */
  readonly value: string | undefined;
  readonly place: Place;
}

export interface LtsConf {
  /** What counts for this client, by variable. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** What is said to other clients. */
  readonly others: readonly Entry[];
  readonly problems: readonly SettingsProblem[];
}

interface Section {
  readonly entries: Map<string, Entry>;
  readonly likes: Entry[];
}

/** How deep files may include one another, and how many there may be. The classic took ten. */
const maxDepth = 16;
const maxFiles = 100;
/** Longer than any host name; a longer pattern is nobody's name. */
const maxSectionName = 300;

/**
 * Reads an lts.conf file for one client. Host name, address and MAC (in this order) name sections of their own, then
 * sections whose name is a pattern that matches, then `[default]`; what is found first counts. `LIKE=section` adds
 * another section's values behind the section's own. Never throws: what cannot be read is reported.
 * @param read gives the text of a file by its name; of one that cannot be read, an empty one with the problem
 */
export function readLtsConf(
  file: string,
  client: ClientIdentity,
  read: (file: string) => FileText,
  isVariable: IsVariable,
): LtsConf {
  const reader = new Reader(read, isVariable);
  reader.readFile(file);
  return reader.forClient(client);
}

class Reader {
  readonly #sections = new Map<string, Section>();
  readonly #problems: SettingsProblem[] = [];
  /** The files that are being read, the innermost last. */
  readonly #open: string[] = [];
  #files = 0;

  constructor(
    private readonly read: (file: string) => FileText,
    private readonly isVariable: IsVariable,
  ) {}

  /** @param section what stands before the first section belongs to it */
  readFile(file: string, section = 'default'): void {
    const { id, text, problems, unreadable } = this.read(file);
    this.#files += 1;
    this.#open.push(id);
    this.#problems.push(...problems);
    for (const variable of unreadable) {
      this.#section(section).entries.set(variable, { variable, value: undefined, place: { file, line: 0, section } });
    }
    let current = section;
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      for (const statement of readLine(line, this.isVariable)) {
        if (statement.kind === 'section') {
          current = statement.name.toLowerCase();
          this.#section(current);
        } else this.#take(statement, { file, line: index + 1, section: current });
      }
    }
    this.#open.pop();
  }

  #take(statement: Exclude<Statement, { kind: 'section' }>, place: Place & { section: string }): void {
    const { entries, likes } = this.#section(place.section);
    switch (statement.kind) {
      case 'set': {
        const { variable } = statement;
        // The classic's word for a variable that another section sets and this one does not want.
        const value = /^none$/i.test(statement.value.trim()) ? '' : statement.value;
        if (variable === 'LIKE') likes.push({ variable, value, place });
        else entries.set(variable, { variable, value, place });
        return;
      }
      case 'unreadable': {
        const named = statement.variables.length > 0 ? ` (${statement.variables.join(', ')})` : '';
        this.#report('invalid-line', place, `the line cannot be read: ${statement.problem}${named}`);
        for (const variable of statement.variables) entries.set(variable, { variable, value: undefined, place });
        return;
      }
      case 'include':
        this.#include(statement.file, place);
    }
  }

  #include(named: string, place: Place & { section: string }): void {
    const file = isAbsolute(named) ? named : resolve(dirname(place.file), named);
    const refuse = (why: string): void =>
      this.#report('invalid-line', place, `include ${quoted(named)} is left out: ${why}`);
    if (this.#open.length >= maxDepth) refuse(`more than ${maxDepth} files include one another`);
    else if (this.#files >= maxFiles) refuse(`more than ${maxFiles} files`);
    else {
      const { id, failed } = this.read(file);
      if (failed !== undefined) refuse(failed);
      else if (this.#open.includes(id)) refuse('it leads back to a file that includes it');
      else this.readFile(file, place.section);
    }
  }

  #section(name: string): Section {
    const section = this.#sections.get(name) ?? { entries: new Map(), likes: [] };
    this.#sections.set(name, section);
    return section;
  }

  #report(code: 'invalid-line', origin: Place, text: string): void {
    this.#problems.push({ code, severity: 'warning', origin, text });
  }

  forClient(client: ClientIdentity): LtsConf {
    const entries = new Map<string, Entry>();
    const taken = new Set<Section>();
    for (const name of sectionsFor([...this.#sections.keys()], client)) this.#collect(name, entries, taken);
    const others = [...this.#sections.values()].filter((section) => !taken.has(section));
    return { entries, others: others.flatMap((section) => [...section.entries.values()]), problems: this.#problems };
  }

  /** The section, then those that it is like, then those that these are like. */
  #collect(start: string, entries: Map<string, Entry>, taken: Set<Section>): void {
    const queue = [{ name: start, path: [start] }];
    const seen = new Set([start]);
    for (const { name, path } of queue) {
      const section = this.#sections.get(name);
      if (section === undefined) continue;
      taken.add(section);
      for (const entry of section.entries.values()) {
        if (!entries.has(entry.variable)) entries.set(entry.variable, entry);
      }
      for (const { value = '', place } of section.likes) {
        const target = value
          .replace(/^\s*\[|\]\s*$/g, '')
          .trim()
          .toLowerCase();
        const problem = this.#likeProblem(target, path);
        if (problem !== undefined) this.#report('invalid-line', place, `LIKE=${quoted(value)} is left out: ${problem}`);
        else if (!seen.has(target)) queue.push({ name: target, path: [...path, target] });
        seen.add(target);
      }
    }
  }

  #likeProblem(target: string, path: readonly string[]): string | undefined {
    if (!this.#sections.has(target)) return 'there is no such section';
    if (path.includes(target)) return 'it leads back to its own section';
    return path.length > maxDepth ? `more than ${maxDepth} sections are like one another` : undefined;
  }
}

function sectionsFor(names: readonly string[], client: ClientIdentity): string[] {
  const macs = client.macs.flatMap((mac) => [mac, mac.replaceAll(':', '-')]);
  const own = [client.hostName, ...client.addresses, ...macs].map((name) => name.toLowerCase());
  const present = new Set(names);
  const exact = [...new Set(own)].filter((name) => name !== 'default' && present.has(name));
  const globs = names.filter(
    (pattern) =>
      isGlob(pattern) &&
      pattern.length <= maxSectionName &&
      !exact.includes(pattern) &&
      own.some((name) => globMatches(pattern, name)),
  );
  return [...exact, ...globs, ...(present.has('default') ? ['default'] : [])];
}
