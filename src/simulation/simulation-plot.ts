import type { Day } from './simulated-days.js';
import type { Outcome } from './simulation.js';

/** The place of one panel, in units of the picture. */
interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const size = { width: 900, height: 640 };
const upper: Panel = { left: 70, top: 70, width: 800, height: 210 };
const lower: Panel = { left: 70, top: 370, width: 800, height: 210 };
const colors = { bar: '#3465a4', busiest: '#a40000', mean: '#2e3436', min: '#4e9a06', grid: '#d3d7cf' };

/**
 * A picture (SVG 1.1) of one run: the load of each server at the end, and the lowest, mean and highest load over time.
 * @param title plain text
 */
export function plotOutcome(outcome: Outcome, title: string): string {
  const { timeline } = outcome;
  const endS = (timeline.at(-1)?.atMs ?? 0) / 1000;
  return picture([
    ...loads(outcome, title),
    ...curves(
      'Sessions over time',
      timeline.map(({ atMs }) => atMs / 1000),
      [
        { label: 'busiest', color: colors.busiest, values: timeline.map(({ busiest }) => busiest) },
        { label: 'mean', color: colors.mean, values: timeline.map(({ mean }) => mean) },
        { label: 'lowest', color: colors.min, values: timeline.map(({ min }) => min) },
      ],
    ),
    ...labelsBelow((share) => `${tick(endS * share)} s`),
  ]);
}

/**
 * A picture of a run of several days: the load of each server on the last day, and for each day how even the load was and
 * how many people got the same server as before.
 * @param title plain text
 */
export function plotDays(days: readonly Day[], title: string): string {
  const last = days.at(-1);
  return picture([
    ...(last ? loads(last, title) : []),
    ...curves(
      'Day by day',
      days.map((_, day) => day),
      [
        {
          label: 'busiest / mean',
          color: colors.busiest,
          values: days.map(({ busiestOverMean }) => busiestOverMean),
        },
        { label: 'same server', color: colors.min, values: days.map(({ sameServer }) => sameServer) },
      ],
    ),
    ...labelsBelow((share) => (share === 0 ? 'day 1' : share === 1 ? `day ${days.length}` : '')),
  ]);
}

function picture(parts: readonly string[]): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${size.width}" height="${size.height}" fill="white"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

function loads(outcome: Outcome, title: string): string[] {
  const living = outcome.sessions.filter((_, index) => outcome.alive[index]);
  const mean = living.reduce((sum, count) => sum + count, 0) / Math.max(1, living.length);
  const highestBar = outcome.sessions.reduce((most, count) => Math.max(most, count), 1);
  return [
    text(size.width / 2, 28, title, 'middle', 16),
    ...axes(upper, 'Sessions on each server at the end', highestBar),
    ...outcome.sessions.map((count, index) => bar(index, outcome.sessions.length, count / highestBar)),
    line(upper, mean / highestBar, colors.mean),
    text(upper.left + upper.width, upper.top - 6, `mean ${mean.toFixed(1)}`, 'end', 12, colors.mean),
    text(upper.left + upper.width / 2, upper.top + upper.height + 22, serverLabel(outcome), 'middle'),
  ];
}

function serverLabel({ alive }: Outcome): string {
  const dead = alive.filter((lives) => !lives).length;
  return `${alive.length} servers${dead > 0 ? `, ${dead} of them dead` : ''}`;
}

function axes(panel: Panel, title: string, highest: number): string[] {
  return [
    text(panel.left, panel.top - 22, title, 'start', 14),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      line(panel, share, colors.grid),
      text(panel.left - 8, y(panel, share) + 4, tick(highest * share), 'end'),
    ]),
  ];
}

function tick(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 5 ? 2 : 1);
}

function bar(index: number, count: number, share: number): string {
  const step = upper.width / count;
  const width = step > 4 ? step - 2 : step;
  const top = y(upper, share);
  const height = upper.top + upper.height - top;
  return `<rect x="${round(upper.left + index * step)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" fill="${colors.bar}"/>`;
}

interface Curve {
  readonly label: string;
  readonly color: string;
  /** One for each place; null for a gap. */
  readonly values: readonly (number | null)[];
}

/** @param places the horizontal positions of the values, the last one at the right end */
function curves(title: string, places: readonly number[], all: readonly Curve[]): string[] {
  const end = places.at(-1) || 1;
  const highest = all.flatMap(({ values }) => values).reduce<number>((most, value) => Math.max(most, value ?? 0), 1);
  const x = (place: number): number => round(lower.left + (place / end) * lower.width);
  return [
    ...axes(lower, title, highest),
    ...all.toReversed().map(({ color, values }) => {
      const points = values.flatMap((value, i) =>
        value === null ? [] : `${x(places[i] ?? 0)},${round(y(lower, value / highest))}`,
      );
      return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`;
    }),
    ...all.map(({ label, color }, i) =>
      text(lower.left + lower.width - (all.length - i - 1) * 110, lower.top - 6, label, 'end', 13, color),
    ),
  ];
}

function labelsBelow(label: (share: number) => string): string[] {
  return [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text(lower.left + share * lower.width, lower.top + lower.height + 22, label(share), 'middle'),
  );
}

function line(panel: Panel, share: number, color: string): string {
  const at = round(y(panel, share));
  return `<line x1="${panel.left}" x2="${panel.left + panel.width}" y1="${at}" y2="${at}" stroke="${color}"/>`;
}

function y(panel: Panel, share: number): number {
  return panel.top + panel.height * (1 - share);
}

function text(
  x: number,
  baseline: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  size = 13,
  color = colors.mean,
): string {
  const escaped = content.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
  return `<text x="${round(x)}" y="${round(baseline)}" text-anchor="${anchor}" font-size="${size}" fill="${color}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
