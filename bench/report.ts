import { readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { median, type Side } from './measure.js';

export type Unit = 'ms' | '%' | 'MB' | 'a second' | '';

/** One line of the table: our value, compared with that of another program or with a fixed number. */
export interface Row {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Side;
  readonly other?: Side;
  /** The target. */
  readonly wanted?: Wanted;
  readonly note?: string;
}

export type Wanted =
  /** Our value divided by the other one. */
  | { readonly ratio: 'at most' | 'at least'; readonly limit: number }
  /** Our value, in the unit of the row. */
  | { readonly value: 'at most' | 'at least'; readonly limit: number };

/** A description of this machine, in one line. */
export function machine(): string {
  const cpu = /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch;
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpu}, ${availableParallelism()} cores, ${memory} GB, Linux ${release()}, Node ${process.version}`;
}

export function isReached({ ours, other, wanted }: Row): boolean | undefined {
  if (wanted === undefined) return undefined;
  const value = 'ratio' in wanted ? ratioOf(ours, other) : median(ours.values);
  const sense = 'ratio' in wanted ? wanted.ratio : wanted.value;
  return sense === 'at most' ? value <= wanted.limit : value >= wanted.limit;
}

/** The value that is compared with the wanted one, and that one. */
export function valueText({ ours, other, wanted, unit }: Row): string {
  if (wanted === undefined) return '';
  const isRatio = 'ratio' in wanted;
  const value = isRatio ? `ratio ${short(ratioOf(ours, other))}` : `${short(median(ours.values))} ${unit}`;
  return `${value}, wanted ${isRatio ? wanted.ratio : wanted.value} ${wanted.limit}`;
}

/** The table in Markdown: medians, with minimum and maximum in parentheses. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const ratio = ratioOf(row.ours, row.other);
    return [
      row.what,
      sideText(row.ours, row.unit),
      row.other ? `${sideText(row.other, row.unit)} ${row.other.name}` : '',
      Number.isNaN(ratio) ? '' : ratio.toFixed(ratio < 10 ? 2 : 0),
      wantedText(row),
      row.note ?? '',
    ];
  });
  const head = ['', 'ldm', 'against', 'ratio', 'wanted', ''];
  const line = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...cells.map(line)].join('\n');
}

function ratioOf(ours: Side, other: Side | undefined): number {
  return other ? median(ours.values) / median(other.values) : Number.NaN;
}

function sideText({ values }: Side, unit: Unit): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = values.length > 1 ? ` (${short(low)}-${short(high)})` : '';
  return `${short(median(values))} ${unit}${range}`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function wantedText(row: Row): string {
  const { wanted } = row;
  if (wanted === undefined) return '';
  const text =
    'ratio' in wanted ? `ratio ${wanted.ratio} ${wanted.limit}` : `${wanted.value} ${wanted.limit} ${row.unit}`;
  return `${text}: ${isReached(row) ? 'yes' : '**no**'}`;
}
