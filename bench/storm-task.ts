/** What a process that stands for many clients is told, a line each on standard input. */
export type StormTask =
  /** So many clients start, and hear all servers once, as the greeter does at its start. */
  | { readonly do: 'boot'; readonly clients: number }
  /**
   * The user of one of them presses Enter at that moment. A session of an earlier login is given up first, as who looks
   * at a dead desktop does.
   */
  | {
      readonly do: 'come';
      readonly client: number;
      readonly user: string;
      readonly password: string;
      readonly atMs: number;
    };

/** What it says, a line each on standard output. */
export type StormReport =
  | { readonly said: 'booted' }
  | ({ readonly said: 'came'; readonly client: number; readonly atMs: number } & Arrival)
  /** Processor time that it used since its start, in ms. */
  | { readonly said: 'used'; readonly ms: number };

/** What became of a login. */
export interface Arrival {
  /** Where the command runs; null where it runs nowhere. */
  readonly server: string | null;
  /** From the moment of Enter, however late this process got to it, to the first output of the command. */
  readonly ms: number;
  /** Why there is no session. */
  readonly problem?: string;
}

/** ms on a clock that all processes of this machine have in common. */
export function commonClock(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
