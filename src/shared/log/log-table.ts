/** One event of a log: how severe it is, what it means to the administrator, and the fields of its line. */
export interface LogEventEntry<Level extends string = string, Field extends string = string> {
  readonly level: Level;
  readonly meaning: string;
  readonly fields: readonly Field[];
}

export type LogEventTable = Readonly<Record<string, LogEventEntry>>;

export const error = entriesOf('error');
export const warn = entriesOf('warn');
export const info = entriesOf('info');
export const debug = entriesOf('debug');

function entriesOf<const Level extends string>(level: Level) {
  return <const Fields extends readonly string[]>(
    meaning: string,
    ...fields: Fields
  ): LogEventEntry<Level, Fields[number]> => ({ level, meaning, fields });
}

/** The names of the events that a table has at a level. */
export type EventAt<Table extends LogEventTable, Level extends string> = {
  [Event in keyof Table & string]: Table[Event]['level'] extends Level ? Event : never;
}[keyof Table & string];

/** What may be logged with an event: its fields, each or none. `undefined` is left out of the line. */
export type DetailsOf<Table extends LogEventTable, Event extends keyof Table> = Readonly<
  Partial<Record<Table[Event]['fields'][number], string | number | boolean | null | undefined>>
>;

/** Logs an event of a table, at one level. */
export type LogAt<Table extends LogEventTable, Level extends string> = <Event extends EventAt<Table, Level>>(
  event: Event,
  details?: DetailsOf<Table, Event>,
) => void;
