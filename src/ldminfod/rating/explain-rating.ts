import type { ServerInfo } from '../../protocol/info-service.js';
import type { Options } from '../options/options.js';
import type { MeasuredLoad } from './load-reader.js';
import { headroom } from './rating.js';

/**
 * The additional output of `ldminfod status --verbose`: the parts of the built-in rating, the measured values, and what
 * the capacity is based on. The load is measured now, so it can differ slightly from that of the reported rating.
 */
export function explainRating(
  { running, pending, capacity }: ServerInfo,
  { load, basis }: MeasuredLoad,
  options: Pick<Options, 'ratingCommand' | 'fixedRating' | 'capacity'>,
): string {
  const connections = (running ?? 0) + (pending ?? 0);
  const parts = headroom(load, { connections, capacity: capacity ?? 0 });
  const { container, cpuLimit, memoryLimit, pressure, zfsCache, hugePages } = basis;
  const by = (limit: string | undefined): string => (limit === undefined ? '' : `, limited by ${limit}`);
  const rows: (readonly [string, string])[] = [
    ['rating by', ratingSource(options)],
    ['sessions part', capacity === null ? 'unknown' : `${Math.floor(parts.sessions)}: ${connections} of ${capacity}`],
    ['capacity by', options.capacity === null ? 'memory and cores' : 'the setting capacity'],
    ['processor part', `${Math.floor(parts.cpu)}: ${runQueue(load.load1)}, waits ${percent(load.cpuPressure)}`],
    [
      'memory part',
      `${Math.floor(parts.memory)}: ${mebibytes(load.memoryAvailable)} of ${mebibytes(load.memoryTotal)} available, waits ${percent(load.memoryPressure)}`,
    ],
    ['disk part', `${Math.floor(parts.disk)}: all wait ${percent(load.diskPressure)}`],
    ['cores', `${load.cores}${by(cpuLimit)}`],
    ['run queue of', `${load.loadCores ?? load.cores} cores${container ? ' of the host' : ''}`],
    ['memory', `${mebibytes(load.memoryTotal)}${by(memoryLimit)}`],
    ['waits from', pressure ?? 'nothing: the kernel does not report them'],
    ['container', container ? 'yes' : 'no'],
  ];
  if (zfsCache > 0) rows.push(['cache of ZFS', `${mebibytes(zfsCache)} counted as available`]);
  if (hugePages > 0) rows.push(['huge pages', `${mebibytes(hugePages)} not counted as memory`]);
  return rows.map(([name, value]) => `${name}: ${value}\n`).join('');
}

function ratingSource({ ratingCommand, fixedRating }: Pick<Options, 'ratingCommand' | 'fixedRating'>): string {
  if (ratingCommand !== null) return 'the setting rating-command';
  return fixedRating === null ? 'the lowest part' : 'the setting fixed-rating';
}

const runQueue = (load: number | null): string => `run queue ${load ?? 'unknown'}`;
const percent = (value: number | null): string => (value === null ? 'unknown' : `${value} %`);
const mebibytes = (kib: number | null): string => (kib === null ? 'unknown' : `${Math.round(kib / 1_024)} MiB`);
