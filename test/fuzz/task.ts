/** What one client process is to do, and what came of it. */
export interface Task {
  readonly port: number;
  readonly knownHost: string;
  readonly isAnswered: boolean;
  readonly cancelAfterMs: number;
}

export interface Report {
  /** The outcome's kind, and the code of the failure or of the session's end. */
  readonly outcome: string;
  readonly ms: number;
  /** From the user's Cancel to the end; 0 where nobody pressed it. */
  readonly cancelMs: number;
  readonly cpuMs: number;
  readonly logBytes: number;
  readonly toldBytes: number;
}

/** What no lie may cost. Times are generous, for the machine may have other work; a true fault has none. */
export const bounds = {
  silentMs: 30_000,
  cancelMs: 10_000,
  cpuMs: 4_000,
  logBytes: 64 * 1024,
  toldBytes: 64 * 1024,
  memoryMb: 150,
} as const;
