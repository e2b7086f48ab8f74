/** Measures one value of one side. Rejects if that fails. */
export type Measure = () => Promise<number>;

export interface Side {
  readonly name: string;
  readonly values: readonly number[];
}

/** Measures the sides in turn; see {@link takeTurns}. */
export async function measureInTurn(runs: number, sides: ReadonlyMap<string, Measure>): Promise<Side[]> {
  const values = await takeTurns(runs, [...sides.values()]);
  return [...sides.keys()].map((name, at) => ({ name, values: values[at] ?? [] }));
}

/**
 * Measures in turn, so that other load on the machine affects all sides equally. The order changes with each turn. An
 * additional first turn warms the caches and is not counted.
 */
export async function takeTurns<T>(runs: number, sides: readonly (() => Promise<T>)[]): Promise<T[][]> {
  const all = sides.map((measure) => ({ measure, values: [] as T[] }));
  for (let turn = 0; turn <= runs; turn += 1) {
    for (const { measure, values } of turn % 2 === 0 ? all : [...all].reverse()) {
      const value = await measure();
      if (turn > 0) values.push(value);
    }
  }
  return all.map(({ values }) => values);
}

/** @param part 0.5 for the median */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
