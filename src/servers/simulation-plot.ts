import type { Moment, Outcome } from './simulation.js';

/** Room for one panel, in the units of the picture. */
interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const picture = { width: 900, height: 640 };
const upper: Panel = { left: 70, top: 70, width: 800, height: 210 };
const lower: Panel = { left: 70, top: 370, width: 800, height: 210 };
const colours = { bar: '#3465a4', busiest: '#a40000', mean: '#2e3436', least: '#4e9a06', grid: '#d3d7cf' };

/**
 * One run as a picture (SVG 1.1): the load of each server at its end, and the least, mean and highest load over time.
 * @param title plain text
 */
export function plotOutcome(outcome: Outcome, title: string): string {
  const living = outcome.sessions.filter((_, index) => outcome.alive[index]);
  const mean = living.reduce((sum, count) => sum + count, 0) / Math.max(1, living.length);
  const highestBar = outcome.sessions.reduce((most, count) => Math.max(most, count), 1);
  const highestMoment = outcome.timeline.reduce((most, { busiest }) => Math.max(most, busiest), 1);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${picture.width} ${picture.height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${picture.width}" height="${picture.height}" fill="white"/>`,
    text(picture.width / 2, 28, title, 'middle', 16),
    ...axes(upper, 'Sessions on each server at the end', highestBar),
    ...outcome.sessions.map((count, index) => bar(index, outcome.sessions.length, count / highestBar)),
    line(upper, mean / highestBar, colours.mean),
    text(upper.left + upper.width, upper.top - 6, `mean ${mean.toFixed(1)}`, 'end', 12, colours.mean),
    text(upper.left + upper.width / 2, upper.top + upper.height + 22, serverLabel(outcome), 'middle'),
    ...axes(lower, 'Sessions over time', highestMoment),
    ...(['least', 'mean', 'busiest'] as const).map((key) => curve(outcome.timeline, key, highestMoment)),
    ...legend(),
    ...timeLabels(outcome.timeline),
    '</svg>',
  ].join('\n')}\n`;
}

function serverLabel({ alive }: Outcome): string {
  const dead = alive.filter((lives) => !lives).length;
  return `${alive.length} servers${dead > 0 ? `, ${dead} of them dead` : ''}`;
}

function axes(panel: Panel, title: string, highest: number): string[] {
  return [
    text(panel.left, panel.top - 22, title, 'start', 14),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      line(panel, share, colours.grid),
      text(panel.left - 8, y(panel, share) + 4, tick(highest * share), 'end'),
    ]),
  ];
}

function tick(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function bar(index: number, count: number, share: number): string {
  const step = upper.width / count;
  const width = step > 4 ? step - 2 : step;
  const top = y(upper, share);
  const height = upper.top + upper.height - top;
  return `<rect x="${round(upper.left + index * step)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" fill="${colours.bar}"/>`;
}

function curve(timeline: readonly Moment[], key: 'least' | 'mean' | 'busiest', highest: number): string {
  const endMs = timeline.at(-1)?.atMs ?? 1;
  const points = timeline.map(
    (moment) => `${round(lower.left + (moment.atMs / endMs) * lower.width)},${round(y(lower, moment[key] / highest))}`,
  );
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colours[key]}" stroke-width="2"/>`;
}

function legend(): string[] {
  return (['busiest', 'mean', 'least'] as const).map((key, index) =>
    text(lower.left + lower.width - 180 + index * 70, lower.top - 6, key, 'start', 13, colours[key]),
  );
}

function timeLabels(timeline: readonly Moment[]): string[] {
  const endS = (timeline.at(-1)?.atMs ?? 0) / 1000;
  return [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text(lower.left + share * lower.width, lower.top + lower.height + 22, `${tick(endS * share)} s`, 'middle'),
  );
}

function line(panel: Panel, share: number, colour: string): string {
  const at = round(y(panel, share));
  return `<line x1="${panel.left}" x2="${panel.left + panel.width}" y1="${at}" y2="${at}" stroke="${colour}"/>`;
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
  colour = colours.mean,
): string {
  const escaped = content.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
  return `<text x="${round(x)}" y="${round(baseline)}" text-anchor="${anchor}" font-size="${size}" fill="${colour}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
