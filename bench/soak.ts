import { floors, slopeAnHour, soak } from '../test/ui/support/soak.js';
import type { Row } from './report.js';

/** The share of a soak test that counts as warm-up, in which heaps grow to their final size. */
const warmUp = 0.4;

/** Uses a greeter for this many seconds: dialogs, questions to 300 servers, refused logins. */
export async function soakRows(seconds: number): Promise<Row[]> {
  const { samples, rounds, idleCpu } = await soak(seconds);
  const warm = samples.slice(Math.floor(samples.length * warmUp));
  const handles = warm.map((sample) => sample.handles);
  const memory = (of: 'ldm' | 'greeter'): Row => ({
    what: `Soak of ${seconds} s, ${rounds} rounds: growth of ${of} an hour after warm-up`,
    unit: 'MB',
    ours: { name: 'ldm', values: [slopeAnHour(warm, (sample) => sample[of]) / 1_024] },
    wanted: { value: 'at most', limit: 5 },
    note: `least of each quarter: ${floors(warm, (sample) => sample[of])
      .map((sample) => megabytes(sample[of]))
      .join(', ')} MB`,
  });
  const alone = (value: number): Row['ours'] => ({ name: 'ldm', values: [value] });
  return [
    memory('ldm'),
    memory('greeter'),
    {
      what: 'Soak: handles more at the end than after warm-up',
      unit: '',
      ours: alone((handles.at(-1) ?? 0) - (handles[0] ?? 0)),
    },
    {
      what: 'Soak: processor time when left alone',
      unit: '%',
      ours: alone(idleCpu * 100),
      wanted: { value: 'at most', limit: 0.5 },
    },
  ];
}

function megabytes(kilobytes: number | undefined): string {
  return ((kilobytes ?? 0) / 1_024).toFixed(1);
}
