/** The exit codes of sysexits(3) that `ldm` uses. */
export const exitCode = {
  done: 0,
  /** What a command was asked to show or to check has failed. */
  failed: 1,
  usage: 64,
  /** Files of the administrator are invalid or contradict each other. */
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

/** Ends the command with a message on standard error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
