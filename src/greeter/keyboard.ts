import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Log } from '../settings/log.js';
import type { KeyboardLayout } from './messages.js';

/** The keyboard as it is: what can be chosen, and what is in force. */
export interface KeyboardState {
  readonly layouts: readonly KeyboardLayout[];
  /** Id of the layout in force. */
  readonly current: string | null;
}

/** Runs a program to its end and gives its standard output; rejects where it fails. No shell reads the arguments. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

export interface KeyboardTools {
  readonly run: RunProgram;
  /** The list of layouts with their names for people, as in XKB's `rules/base.lst`; rejects where there is none. */
  readonly names: () => Promise<string>;
  readonly log: Log;
}

/**
 * The keyboard layouts of the X server, by `setxkbmap`, which every X server brings along.
 * A layout that is chosen here is in force for the desktop too: it is the X server's.
 */
export class Keyboard {
  private names: ReadonlyMap<string, string> | undefined;

  /** @param offered the administrator's list; undefined: what the X server was set up with */
  constructor(
    private readonly offered: readonly string[] | undefined,
    private readonly tools: KeyboardTools,
  ) {}

  /**
   * The state at this moment. Should a layout be in force that the administrator does not offer, the first one that is
   * offered is put in force.
   * @returns undefined where the X server cannot be asked
   */
  async look(): Promise<KeyboardState | undefined> {
    try {
      const inForce = readQuery(await this.tools.run('setxkbmap', ['-query']));
      const ids = this.offered ?? inForce;
      const [first] = ids;
      const [current] = inForce;
      if (first === undefined) return undefined;
      if (current === undefined || !ids.includes(current)) return await this.choose(first);
      return { layouts: await this.named(ids), current };
    } catch (error) {
      this.tools.log.warn('keyboard-unknown', { problem: problemOf(error) });
      return undefined;
    }
  }

  /** Puts a layout in force, if it is one that is offered. */
  async choose(id: string): Promise<KeyboardState | undefined> {
    try {
      const ids = this.offered ?? readQuery(await this.tools.run('setxkbmap', ['-query']));
      const words = ids.includes(id) ? wordsFor(id, ids) : undefined;
      if (words !== undefined) await this.tools.run('setxkbmap', words);
      const [current = null] = readQuery(await this.tools.run('setxkbmap', ['-query']));
      return { layouts: await this.named(this.offered ?? ids), current };
    } catch (error) {
      this.tools.log.warn('keyboard-failed', { layout: id, problem: problemOf(error) });
      return undefined;
    }
  }

  private async named(ids: readonly string[]): Promise<KeyboardLayout[]> {
    this.names ??= readNames(await this.tools.names().catch(() => ''));
    return ids.map((id) => ({ id, name: this.names?.get(id) ?? id }));
  }
}

/** The real programs and files. */
export function keyboardTools(log: Log): KeyboardTools {
  return {
    log,
    names: () => readFile('/usr/share/X11/xkb/rules/base.lst', 'utf8'),
    run: (file, args) =>
      new Promise((resolve, reject) => {
        execFile(file, args, { timeout: 5_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
      }),
  };
}

/**
 * The layouts that `setxkbmap -query` tells, the one in force first: `layout: us,de` with `variant: ,nodeadkeys` is
 * `us` and `de(nodeadkeys)`.
 */
export function readQuery(output: string): string[] {
  const value = (key: string): string[] =>
    new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(output)?.[1]?.trim().split(',') ?? [];
  const variants = value('variant');
  return value('layout')
    .map((layout, i) => (variants[i] ? `${layout}(${variants[i]})` : layout))
    .filter((id) => id !== '');
}

/**
 * Arguments for `setxkbmap` that put a layout in force, with the others behind it, so that a key that the administrator
 * set up for changing (`XKBOPTIONS`) goes on to them. XKB holds four at the most.
 */
function wordsFor(id: string, ids: readonly string[]): string[] {
  const parts = [id, ...ids.filter((other) => other !== id)].slice(0, 4).map((one) => {
    const [, layout = one, variant = ''] = /^([^(]*)\((.*)\)$/.exec(one) ?? [];
    return { layout, variant };
  });
  const joined = (key: 'layout' | 'variant'): string => parts.map((part) => part[key]).join(',');
  return ['-layout', joined('layout'), '-variant', joined('variant')];
}

/** Names by id, from the sections `! layout` and `! variant` of XKB's list. */
export function readNames(list: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let section = '';
  for (const line of list.split('\n')) {
    const heading = /^! (\w+)/.exec(line);
    if (heading) section = heading[1] ?? '';
    const [, first = '', rest = ''] = /^\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (section === 'layout' && first !== '') names.set(first, rest);
    const variant = /^(\w+): (.*)$/.exec(rest);
    if (section === 'variant' && variant) names.set(`${variant[1]}(${first})`, variant[2] ?? first);
  }
  return names;
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
