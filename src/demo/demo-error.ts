/** The demo failed at a step. `code` is stable. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly code = 'demo-failed';

  constructor(
    /** The step that failed. */
    readonly step: string,
    /** Why it failed. */
    readonly detail: string,
    /** The log of `ldm greeter` until then. */
    readonly log = '',
  ) {
    super(`the demo failed at "${step}": ${detail}`);
  }
}
