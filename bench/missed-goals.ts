import { isReached, type Row, valueText } from './report.js';

/** Wanted numbers that are not reached, and why; docs/performance.md says more. By the beginning of the row's text. */
const documented: readonly (readonly [RegExp, string])[] = [
  [/^Enter to the first window of the session/, 'an absolute number, of another machine'],
  [/^Memory at the login screen/, 'two Nodes and this window'],
  [/^Memory while the session runs/, 'Node and ssh2'],
  [/^Seat: from the end of a session/, 'X has to end first'],
  [/: start of the command to the panel/, "Node's start, and a key pair"],
  [/^Xfce: Enter in the greeter/, '0.96 to 1.07'],
  [/^X11: `x11perf -prop`/, "Node's event loop"],
  [/^X11: `xdpyinfo`/, 'code that V8 has not compiled yet'],
  [/^X11: `x11perf -(?:putimage|getimage)500`, (?:20 ms each way|100 Mbit)/, 'pictures over slow lines'],
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
