import type { CommandEnd } from '../session/ssh/connection.js';

/** How the greeter ended. */
export type GreeterResult =
  | {
      readonly kind: 'session-ended';
      readonly server: string;
      readonly end: CommandEnd;
      readonly display: 'here' | 'gone';
      /** What the user should read about a session that ended within seconds. */
      readonly early: string | undefined;
    }
  | { readonly kind: 'no-greeter'; readonly why: string }
  | { readonly kind: 'no-display' }
  /** Programs were replaced, and nobody used the login screen. */
  | { readonly kind: 'renewed' }
  | { readonly kind: 'stopped' };
