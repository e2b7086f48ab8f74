/** sysexits(3), as far as `ldm` uses them. */
export const exitCode = {
  done: 0,
  /** What was to be shown or proved is not so. */
  failed: 1,
  usage: 64,
  /** The administrator's files say what cannot be. */
  wrongData: 65,
  noInput: 66,
  noServer: 69,
  internal: 70,
  cannotWrite: 73,
  connectionLost: 74,
  diskFailed: 74,
  hostKeyRefused: 76,
  wrongCredentials: 77,
  wrongSettings: 78,
  /** The shell's code for an end by SIGINT. */
  cancelled: 130,
} as const;

/** An end with a message for standard error. */
export class CommandError extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}
