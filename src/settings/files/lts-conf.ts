/** The lts.conf file: sections of NAME=value lines. Each client takes the sections that match it. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { globMatches, isGlob } from '../../shared/glob.js';
import { type Place, quoted, type SettingsProblem } from '../problem.js';
import { type IsVariable, readLine, type Statement } from './lts-conf-line.js';

/** The identity of a client, which selects its sections. */
export interface ClientIdentity {
  readonly hostName: string;
  readonly addresses: readonly string[];
  /** Colon form, any case. */
  readonly macs: readonly string[];
}

/** The text of a file, and the problems of the file as a whole. */
export interface FileText {
  /** The real path of the file, which reveals include loops. */
  readonly id: string;
  readonly text: string;
  readonly problems: readonly SettingsProblem[];
  /** Settings in a part that cannot be read. They must not count as unset. */
  readonly unreadable: readonly string[];
  /** The reason why the whole file could not be read. */
  readonly failed?: string;
}

/** One assignment of a file. */
export interface Entry {
  readonly variable: string;
  /** Undefined where the line cannot be parsed. Empty where the variable counts as unset. */
  readonly value: string | undefined;
  readonly place: Place;
}

export interface LtsConf {
  /** The entries of this client, by variable. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** The entries of other clients. */
  readonly others: readonly Entry[];
  readonly problems: readonly SettingsProblem[];
}

interface Section {
  readonly entries: Map<string, Entry>;
  readonly likes: Entry[];
}

/** Bounds of nested includes and of the number of files. The classic allowed ten. */
const maxDepth = 16;
const maxFiles = 100;
/** Longer than any host name. */
const maxSectionName = 300;

/**
 * Reads an lts.conf file for one client. The sections of its host name, addresses and MAC addresses come first, then
 * those whose patterns match, then `[default]`; the first value of a variable takes precedence. `LIKE=section` adds the
 * values of another section after the section's own. Never throws: the result lists the problems.
 * @param read returns the text of a file; for an unreadable file, an empty text with the problem
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
  readonly #read: (file: string) => FileText;
  readonly #isVariable: IsVariable;
  readonly #sections = new Map<string, Section>();
  readonly #problems: SettingsProblem[] = [];
  /** The files that are being read, the innermost one last. */
  readonly #open: string[] = [];
  #files = 0;

  constructor(read: (file: string) => FileText, isVariable: IsVariable) {
    this.#read = read;
    this.#isVariable = isVariable;
  }

  /** @param section the section of the lines before the first section header */
  readFile(file: string, { id, text, problems, unreadable } = this.#read(file), section = 'default'): void {
    this.#files += 1;
    this.#open.push(id);
    this.#problems.push(...problems);
    for (const variable of unreadable) {
      this.#section(section).entries.set(variable, { variable, value: undefined, place: { file, line: 0, section } });
    }
    let current = section;
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      for (const statement of readLine(line, this.#isVariable)) {
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
        // In the classic, NONE unsets a variable that another section sets.
        const value = /^none$/i.test(statement.value.trim()) ? '' : statement.value;
        if (variable === 'LIKE') likes.push({ variable, value, place });
        else entries.set(variable, { variable, value, place });
        return;
      }
      case 'unreadable': {
        const named = statement.variables.length > 0 ? ` (${statement.variables.join(', ')})` : '';
        this.#report(place, `the line cannot be read: ${statement.problem}${named}`);
        for (const variable of statement.variables) entries.set(variable, { variable, value: undefined, place });
        return;
      }
      case 'include':
        this.#include(statement.file, place);
    }
  }

  #include(named: string, place: Place & { section: string }): void {
    const file = isAbsolute(named) ? named : resolve(dirname(place.file), named);
    const refuse = (why: string): void => this.#report(place, `include ${quoted(named)} is left out: ${why}`);
    if (this.#open.length >= maxDepth) refuse(`more than ${maxDepth} files include one another`);
    else if (this.#files >= maxFiles) refuse(`more than ${maxFiles} files`);
    else {
      const content = this.#read(file);
      if (content.failed !== undefined) refuse(content.failed);
      else if (this.#open.includes(content.id)) refuse('it leads back to a file that includes it');
      else this.readFile(file, content, place.section);
    }
  }

  #section(name: string): Section {
    const section = this.#sections.get(name) ?? { entries: new Map(), likes: [] };
    this.#sections.set(name, section);
    return section;
  }

  #report(origin: Place, text: string): void {
    this.#problems.push({ code: 'invalid-line', severity: 'warning', origin, text });
  }

  forClient(client: ClientIdentity): LtsConf {
    const entries = new Map<string, Entry>();
    const taken = new Set<Section>();
    for (const name of sectionsFor([...this.#sections.keys()], client)) this.#collect(name, entries, taken);
    const others = [...this.#sections.values()].filter((section) => !taken.has(section));
    return { entries, others: others.flatMap((section) => [...section.entries.values()]), problems: this.#problems };
  }

  /** The section, then the sections of its LIKE lines, then those of their LIKE lines. */
  #collect(start: string, entries: Map<string, Entry>, taken: Set<Section>): void {
    const queue = [{ name: start, path: [start] }];
    const seen = new Set<string>();
    for (const { name, path } of queue) {
      const section = this.#sections.get(name);
      if (section === undefined) continue;
      taken.add(section);
      for (const entry of section.entries.values()) {
        if (!entries.has(entry.variable)) entries.set(entry.variable, entry);
      }
      for (const { value = '', place } of section.likes) {
        const plain = value.trim();
        const target = (/^\[(.*)\]$/.exec(plain)?.[1] ?? plain).trim().toLowerCase();
        const problem = this.#likeProblem(target, path);
        if (problem !== undefined) this.#report(place, `LIKE=${quoted(value)} is left out: ${problem}`);
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
  const globs = names.filter(
    (pattern) => isGlob(pattern) && pattern.length <= maxSectionName && own.some((name) => globMatches(pattern, name)),
  );
  return [...new Set([...own.filter((name) => name !== 'default'), ...globs, 'default'])];
}
