import { isReached, type Row, valueText } from './report.js';

/** Debian 13 builds its Node without what makes it start fast. */
const { node_use_node_code_cache: startsFast } = process.config.variables as { node_use_node_code_cache?: boolean };

/** Wanted numbers that are not reached, and why; docs/performance.md says more. By the beginning of the row's text. */
const documented: readonly (readonly [RegExp, string])[] = [
  [/^Enter to the first window of the session/, 'an absolute number, of another machine'],
  [/^Memory at the login screen/, 'two Nodes and this window'],
  [/^Memory while the session runs/, 'Node and ssh2'],
  [/^Seat: from the end of a session/, 'X has to end first'],
  [/: start of the command to the panel/, 'as long as ssh2 alone in Node'],
  [/^Xfce: Enter in the greeter/, '0.98 to 1.07'],
  [/^X11: `x11perf -prop`/, 'a relay in Node'],
  [/^X11: `xdpyinfo`/, 'a relay in Node'],
  [/^X11: `x11perf -putimage500`, 20 ms each way/, '0.99'],
  [/^X11: `x11perf -getimage500`, 100 Mbit/, 'ssh2 alone in Node'],
  ...(startsFast ? [] : ([[/^Start to the window|: Enter in the greeter/, "Debian's Node"]] as const)),
];

/** One line for each wanted number that was not reached. `isNew`: where the documents do not explain it. */
export function missedGoals(rows: readonly Row[]): readonly { readonly text: string; readonly isNew: boolean }[] {
  return rows
    .filter((row) => isReached(row) === false)
    .map((row) => {
      const reason = documented.find(([what]) => what.test(row.what))?.[1];
      return { text: `${row.what}: ${valueText(row)} (${reason ?? 'new'})`, isNew: reason === undefined };
    });
}
