/** The cells of one server's row in the table. */
import type { ServerRow } from '../../protocol/greeter-messages.js';
import type { Cell } from './cells.js';

/**
 * Columns of the store `servers` in data/glade/servers.glade. Numbers to sort by are beside their text; -1 is "unknown"
 * and sorts lowest.
 */
export const column = {
  name: 0,
  rating: 1,
  ratingText: 2,
  sessions: 3,
  sessionsText: 4,
  state: 5,
  usable: 6,
  rated: 7,
  bar: 8,
  /** Not shown: the server's index in the list. */
  line: 9,
} as const;

/** Characters of a cell: a server's text must not push the other rows out of sight. */
const maxCellLength = 240;

/** Cells of the columns `name` to `bar`. */
export function cellsOf(row: ServerRow): readonly Cell[] {
  const rating = row.rating === null ? -1 : Math.round(row.rating);
  return [
    oneLine(row.name),
    rating,
    rating < 0 ? '' : String(rating),
    row.sessions ?? -1,
    row.sessions === null ? '' : String(row.sessions),
    oneLine(row.state),
    row.usable,
    rating >= 0,
    Math.max(0, rating),
  ];
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > maxCellLength ? `${line.slice(0, maxCellLength)}\u2026` : line;
}
