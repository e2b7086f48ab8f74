/**
 * Reads widgets through the accessibility bus, as a screen reader does. Calls are synchronous. The library caches nothing
 * unless its main loop runs, so every read gives the current state.
 */
import '../../../src/ui/toolkit/env.js';
import { require as gi } from 'node-gtk';
import type * as Atspi2 from '../../../types/Atspi-2.0.js';
import type { Desktop } from './desktop.js';
import { waitFor } from './wait.js';

type Atspi = typeof Atspi2;
export type Accessible = Atspi2.Accessible;
export type State = Exclude<keyof Atspi['StateType'], 'INVALID' | 'LAST_DEFINED'>;

/** Timeouts in ms for one call, and for a call while the window starts. */
const callMs = 15_000;
const startMs = 30_000;

let connected: { readonly atspi: Atspi; readonly home: string } | undefined;

/** Connects this process to the desktop's accessibility bus. The library supports one bus per process. */
export function connectAccessibility(desktop: Desktop): void {
  if (connected !== undefined) {
    if (connected.home === desktop.home) return;
    throw new Error('one process can look at one desktop only; put the tests into another file');
  }
  Object.assign(process.env, desktop.env, { HOME: process.env.HOME });
  const atspi: Atspi = gi('Atspi', '2.0');
  atspi.init();
  // By default a call fails ("timeout from dbind") after 0.8 s, which is too short for a window on a busy machine.
  atspi.setTimeout(callMs, startMs);
  connected = { atspi, home: desktop.home };
}

function atspi(): Atspi {
  if (connected === undefined) throw new Error('connectAccessibility() comes first');
  return connected.atspi;
}

/** The application of a process, once it is on the bus. */
export function findApplication(pid: number): Promise<Accessible> {
  return waitFor(`the application of process ${pid} on the accessibility bus`, () =>
    children(atspi().getDesktop(0)).find((one) => one.getProcessId() === pid),
  );
}

export function children(of: Accessible): Accessible[] {
  return Array.from({ length: of.getChildCount() }, (_, i) => of.getChildAtIndex(i)).filter((one) => one !== null);
}

/** The accessible and all below it. Of tables only the headers, since they have many cells: see {@link rowsOf}. */
export function* walk(root: Accessible): Generator<Accessible> {
  yield root;
  if (isTable(root)) {
    for (let i = 0; i < root.getNColumns(); i++) yield root.getColumnHeader(i);
  } else {
    for (const child of children(root)) yield* walk(child);
  }
}

/** Role names before at-spi2-core 2.56 (Debian 13), by the new name. Tests use the old names on every release. */
const olderRoleNames: Readonly<Record<string, string>> = { button: 'push button' };

/** The name of its role, the same on every release of at-spi2-core. */
export function roleOf(one: Accessible): string {
  const name = one.getRoleName();
  return olderRoleNames[name] ?? name;
}

/** Everything of a role (`push button`, `text`, `menu item`...) and, if given, of a name. */
export function findAll(root: Accessible, role: string, name?: string): Accessible[] {
  return [...walk(root)].filter((one) => roleOf(one) === role && (name === undefined || one.getName() === name));
}

/** The first match on the screen. Hidden widgets, such as those of a closed dialog, do not count. */
export function look(root: Accessible, role: string, name?: string): Accessible | undefined {
  return findAll(root, role, name).find((one) => has(one, 'SHOWING'));
}

/** Waits until there is a match on the screen. */
export function find(root: Accessible, role: string, name?: string): Promise<Accessible> {
  return waitFor(`${role} "${name ?? ''}" on the screen`, () => look(root, role, name));
}

export function has(one: Accessible, state: State): boolean {
  return one.getStateSet().contains(atspi().StateType[state]);
}

export function isSensitive(one: Accessible): boolean {
  return has(one, 'SENSITIVE');
}

/** Waits until the accessible is in a state, or is not. */
export function becomes(one: Accessible, state: State, wanted: 'yes' | 'no' = 'yes'): Promise<true> {
  const what = `"${one.getName()}" to be ${wanted === 'no' ? 'not ' : ''}${state}`;
  return waitFor(what, () => has(one, state) === (wanted === 'yes'));
}

/** The whole text of an entry, a text view or a label. Dots where it is hidden. */
export function textOf(one: Accessible): string {
  // Read line by line: the call for the whole text is shadowed by one of the same name that gives the interface.
  const { LINE_START, CHAR } = atspi().TextBoundaryType;
  const length = one.getCharacterCount();
  let text = '';
  for (let at = 0; at < length; ) {
    // At the start of a wrapped line GTK's label gives the line before it; one character later, the line itself.
    let line = one.getTextAtOffset(at, LINE_START);
    if (line.endOffset <= at) line = one.getTextAtOffset(at + 1, LINE_START);
    if (line.startOffset > at || line.endOffset <= at) line = one.getTextAtOffset(at, CHAR);
    if (line.endOffset <= at) {
      // The text has become shorter since its length was read.
      if (one.getCharacterCount() !== length) return textOf(one);
      throw new Error(`no text at ${at} of ${length}`);
    }
    text += line.content;
    at = line.endOffset;
  }
  return text;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Place on the screen, in pixels. */
export function placeOf(one: Accessible): Place {
  const { x, y, width, height } = one.getExtents(atspi().CoordType.SCREEN);
  return { x, y, width, height };
}

/** The text of each cell of a row. Of a cell with several parts (bar and number), the part with text. */
export function rowOf(table: Accessible, row: number): string[] {
  return Array.from({ length: table.getNColumns() }, (_, column) => cellText(table.getAccessibleAt(row, column)));
}

/** All rows, as sorted. */
export function rowsOf(table: Accessible): string[][] {
  return Array.from({ length: table.getNRows() }, (_, row) => rowOf(table, row));
}

function cellText(cell: Accessible): string {
  return [cell, ...children(cell)].map((part) => part.getName() ?? '').find((name) => name !== '') ?? '';
}

function isTable(one: Accessible): boolean {
  return ['table', 'tree table'].includes(roleOf(one));
}
