/** How busy the machine is, from the texts of /proc. What a kernel does not tell is null. */
export interface Load {
  readonly cores: number;
  /** Mean length of the run queue over the last minute: tasks that run or wait, of all cores together. */
  readonly load1: number | null;
  /** Percent of the last 10 s in which some task had to wait for a processor. */
  readonly cpuPressure: number | null;
  /** KiB. */
  readonly memoryTotal: number | null;
  /** KiB that new programs can have without swapping, by the kernel's own reckoning. */
  readonly memoryAvailable: number | null;
  /** Percent of the last 10 s in which some task had to wait for memory. */
  readonly memoryPressure: number | null;
  /** Percent of the last 10 s in which no task got anywhere, for all that had work waited for a disk. */
  readonly diskPressure: number | null;
}

/** The files' texts; undefined for one that is not there. */
export interface LoadTexts {
  readonly loadavg: string | undefined;
  readonly meminfo: string | undefined;
  readonly cpuPressure: string | undefined;
  readonly memoryPressure: string | undefined;
  readonly diskPressure: string | undefined;
}

export function parseLoad(texts: LoadTexts, cores: number): Load {
  return {
    cores: Math.max(1, cores),
    load1: numberIn(texts.loadavg, /^(\d+(?:\.\d+)?) /),
    cpuPressure: numberIn(texts.cpuPressure, /^some avg10=(\d+(?:\.\d+)?)/m),
    memoryTotal: numberIn(texts.meminfo, /^MemTotal:\s+(\d+) kB/m),
    memoryAvailable: numberIn(texts.meminfo, /^MemAvailable:\s+(\d+) kB/m),
    memoryPressure: numberIn(texts.memoryPressure, /^some avg10=(\d+(?:\.\d+)?)/m),
    diskPressure: numberIn(texts.diskPressure, /^full avg10=(\d+(?:\.\d+)?)/m),
  };
}

function numberIn(text: string | undefined, pattern: RegExp): number | null {
  const digits = pattern.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
