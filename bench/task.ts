/** The tasks of the worker on the client, and their results. */
type Environment = Readonly<Record<string, string>>;

export interface LoginTask {
  readonly do: 'log-in';
  readonly user: string;
  readonly password: string;
  readonly command: string;
  /** Whether the servers were asked less than 5 s before Enter, as when the greeter has just started. */
  readonly servers: 'asked-before' | 'to-be-asked';
  readonly env: Environment;
  /** Measures until the first window instead of the first output. */
  readonly untilWindow?: true;
}

export interface RunTask {
  readonly do: 'run';
  readonly command: readonly string[];
  readonly env: Environment;
  readonly input: string;
}

export interface WindowTask {
  readonly do: 'start-window';
  readonly command: readonly string[];
  readonly env: Environment;
  /** The protocol on the descriptors 3 and 4, for a program that talks to its parent. */
  readonly pipes?: 'lightdm';
  /** Standard input; without it, there is none. */
  readonly input?: string;
  /** ms that the program waits for its input. The time begins after that. */
  readonly inputAfterMs?: number;
  /** Measures until the panel of a desktop instead of the first window. */
  readonly untilPanel?: true;
  /** ms between the window and the measurement of the memory; undefined for no measurement. */
  readonly memoryAfterMs?: number;
}

export interface GreeterSessionTask {
  readonly do: 'greeter-session';
  readonly command: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly env: Environment;
  /** Measures until the panel of a desktop instead of the first window, and no memory. */
  readonly untilPanel?: true;
}

export interface SurveyTask {
  readonly do: 'survey';
  readonly servers: readonly string[];
  readonly env: Environment;
}

export interface AskInTurnTask {
  readonly do: 'ask-in-turn';
  readonly servers: readonly string[];
  readonly port: number;
  /** As `nc -w`. */
  readonly timeoutMs: number;
}

export interface SeatTask {
  readonly do: 'seat-window';
  readonly way: 'seat' | 'in-turn';
  /** The X server of the way `in-turn`, with its arguments. */
  readonly x: readonly string[];
  /** The seat, or the program with the window. */
  readonly command: readonly string[];
  readonly env: Environment;
  /** A file with the number of the seat's program, which ends as after a session when it gets SIGUSR1. */
  readonly programPid: string;
  /** Measures from the end of the first program to the window of the next. */
  readonly untilNext?: true;
}

export type Task = LoginTask | RunTask | WindowTask | GreeterSessionTask | SurveyTask | AskInTurnTask | SeatTask;

export type TaskResult =
  | {
      readonly kind: 'measured';
      readonly ms: number;
      readonly text: string;
      readonly megabytes?: number;
      readonly processorMs?: number;
    }
  | { readonly kind: 'failed'; readonly problem: string; readonly ms: number };
