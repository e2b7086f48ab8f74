/** The demo did not show what it was to show. `code` is stable. */
export class DemoError extends Error {
  readonly code = 'demo-failed';

  constructor(
    /** What was to happen. */
    readonly step: string,
    /** What happened instead. */
    readonly detail: string,
    /** What `ldm greeter` logged until then. */
    readonly log = '',
  ) {
    super(`the demo failed at "${step}": ${detail}`);
    this.name = 'DemoError';
  }
}
