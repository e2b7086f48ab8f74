/** The input of a process that simulates many clients, one line each. */
export type StormTask =
  /** This many clients start, and ask all servers once, as the greeter does at its start. */
  | { readonly do: 'boot'; readonly clients: number }
  /**
   * The user of one client presses Enter at this time. A session of an earlier login is abandoned first, as a user does
   * with a dead desktop.
   */
  | {
      readonly do: 'come';
      readonly client: number;
      readonly user: string;
      readonly password: string;
      readonly atMs: number;
    };

/** The output of this process, one line each. */
export type StormReport =
  | { readonly said: 'booted' }
  | ({ readonly said: 'came'; readonly client: number; readonly atMs: number } & Arrival)
  /** Processor time since its start, ms. */
  | { readonly said: 'used'; readonly ms: number };

/** The result of a login. */
export interface Arrival {
  /** The server where the command runs; null if it does not run. */
  readonly server: string | null;
  /** ms from the planned time of Enter, even if this process was late, to the first output of the command. */
  readonly ms: number;
  /** Why there is no session. */
  readonly problem?: string;
}

/** A clock that all processes of this machine share, ms. */
export function commonClock(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
