/** What a scripted service does with each connection. Shared by the tests and by the actor that runs on the host. */
export type Behavior =
  /** Says a text and closes, as an info service does. */
  | { readonly does: 'say'; readonly text: string; readonly afterMs?: number }
  /** Says a text (or nothing) and then neither speaks nor closes. */
  | { readonly does: 'fall-silent'; readonly text: string }
  /** Says a text byte by byte. */
  | { readonly does: 'drip'; readonly text: string; readonly everyMs: number }
  /** Repeats a text for as long as somebody listens. */
  | { readonly does: 'flood'; readonly text: string }
  /** Says bytes (base64) that are no text, and closes. */
  | { readonly does: 'bytes'; readonly base64: string }
  /** Accepts and resets. */
  | { readonly does: 'reset' }
  /**
   * Stands in front of a real SSH server on this host: hands on what the client says, and of the server's side the
   * banner and this many packets (1: key exchange offer, 2: its host key as well); then silence, or the end.
   */
  | { readonly does: 'relay'; readonly port: number; readonly packets: number; readonly then: 'silence' | 'end' };

/** One line to the actor. */
export type ActorCommand =
  | { readonly id: number; readonly port: number; readonly behavior: Behavior }
  | { readonly id: number; readonly port: number; readonly behavior: null };

/** One line of the actor's: the answer to a command, or what it saw. */
export type ActorReport =
  | { readonly id: number; readonly problem: string | null }
  | { readonly port: number; readonly event: 'connection' }
  | { readonly port: number; readonly event: 'received'; readonly base64: string };
