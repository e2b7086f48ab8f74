/** The demo did not do what it was to show. `code` is stable; `step` says what was under way. */
export class DemoError extends Error {
  readonly code = 'demo-failed';

  constructor(
    readonly step: string,
    readonly detail: string,
  ) {
    super(`failed at: ${step}: ${detail}`);
    this.name = 'DemoError';
  }
}
