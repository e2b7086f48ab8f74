/**
 * The one table of what can go wrong with a login on one server, and what each failure means for the login. A code
 * exists once it has a row here. The sentences for the user are in login/sentences/failure.ts.
 */

/** What a failure means. */
export interface FailureMeaning {
  /** How far the login on this server got. */
  readonly stage: 'reach' | 'key-exchange' | 'host-key' | 'sign-in' | 'session';
  /** Whose fault it is. After a server's fault the login moves on to the next server; after any other it ends. */
  readonly fault: 'server' | 'credentials' | 'policy' | 'user';
  /** Whether the server comes last for a while. */
  readonly isDemoting: boolean;
  /** Whether the cause may be that this client has no network. */
  readonly mayBeOwnNetwork: boolean;
  /** Whether the last message of the server may explain it: the server ended the connection, or never began it. */
  readonly mayBeExplained: boolean;
  /** The exit code of `ldm login`, by its name in commands/common/exit-codes.ts. */
  readonly exit: 'noServer' | 'hostKeyRefused' | 'wrongCredentials' | 'cancelled';
}

const serverFault = {
  fault: 'server',
  isDemoting: true,
  mayBeOwnNetwork: false,
  mayBeExplained: false,
  exit: 'noServer',
} as const;
const unreached = { ...serverFault, stage: 'reach' } as const;
const keyExchange = { ...serverFault, stage: 'key-exchange' } as const;
/** Nothing was sent to the server. A key that does not match costs no time, and the administrator has to repair it. */
const hostKey = { ...serverFault, stage: 'host-key', isDemoting: false, exit: 'hostKeyRefused' } as const;
const signIn = { ...serverFault, stage: 'sign-in' } as const;
const session = { ...serverFault, stage: 'session' } as const;
const refusedCredentials = {
  ...signIn,
  fault: 'credentials',
  isDemoting: false,
  exit: 'wrongCredentials',
} as const;

const failures = {
  /** Its name has no address. */
  unresolvable: { ...unreached, mayBeOwnNetwork: true },
  /** No resolver answers at the moment, which is not the server's fault. */
  'dns-failed': { ...unreached, isDemoting: false, mayBeOwnNetwork: true },
  /** Its port is closed. */
  refused: unreached,
  unreachable: { ...unreached, mayBeOwnNetwork: true },
  timeout: { ...unreached, mayBeOwnNetwork: true, mayBeExplained: true },
  /** It ended the connection before the login was complete (a killed sshd). */
  closed: { ...keyExchange, mayBeExplained: true },
  /** It accepts no more connections at this moment, see SshdRefusal. It says so at once, and for a short time. */
  busy: { ...keyExchange, isDemoting: false },
  /** It accepts no connections from this address for a while, or is busy, see SshdRefusal. It says so at once. */
  'turned-away': { ...keyExchange, isDemoting: false },
  /** It does not speak ssh as we do. */
  protocol: { ...keyExchange, mayBeExplained: true },
  /** It has none of the algorithms that are safe enough for us. */
  'no-common-algorithm': keyExchange,
  'host-key-unknown': hostKey,
  'host-key-changed': hostKey,
  'host-key-revoked': hostKey,
  'host-key-weak': hostKey,
  'host-certificate-refused': hostKey,
  /** The certificate is expired or not yet valid; this client's clock may be wrong. */
  'host-certificate-time': hostKey,
  /** It refused the user or the answers. */
  'wrong-credentials': refusedCredentials,
  /** It refused them and said why, which the user has been told: locked, expired, closed for maintenance. */
  'account-refused': refusedCredentials,
  /**
   * It ended the connection while it waited for the user, or after a time in which people are waited for
   * (LoginGraceTime). Slow people are not the server's fault.
   */
  'sign-in-unfinished': { ...signIn, isDemoting: false, mayBeExplained: true },
  /** It offers no sign-in method that a user can type. */
  'no-method': signIn,
  /** It accepted the password, and also wants something that nobody can type (a key). */
  'more-wanted': signIn,
  /** Signed in, but it does not start the session. */
  'command-refused': session,
  'x11-refused': session,
  /** This client itself refuses (a hook, LDM_LIMIT_ONE_SESSION); the detail is the text for the user, if not empty. */
  'not-allowed': { ...session, fault: 'policy', isDemoting: false, exit: 'wrongCredentials' },
  /** The user's wish. */
  cancelled: { ...session, fault: 'user', isDemoting: false, exit: 'cancelled' },
} as const satisfies Record<string, FailureMeaning>;

/** Why a login on one server failed. A stable code. */
export type SessionErrorCode = keyof typeof failures;

type CodesOf<Meaning> = {
  [Code in SessionErrorCode]: (typeof failures)[Code] extends Meaning ? Code : never;
}[SessionErrorCode];

/** The codes that are possible before a server has shown its host key. */
export type EarlyErrorCode = CodesOf<{ readonly stage: 'reach' | 'key-exchange' }>;

/** Whether it is one of those. */
export function isEarly(code: SessionErrorCode): code is EarlyErrorCode {
  const { stage } = failures[code];
  return stage === 'reach' || stage === 'key-exchange';
}

/** The codes that end the login. */
export type EndingErrorCode = CodesOf<{ readonly fault: 'credentials' | 'policy' | 'user' }>;

export function meaningOf(code: SessionErrorCode): FailureMeaning {
  return failures[code];
}

/** Whether the login ends here. After every other failure it moves on to the next server. */
export function endsLogin(code: SessionErrorCode): code is EndingErrorCode {
  return failures[code].fault !== 'server';
}

export function isHostKeyRefusal(code: SessionErrorCode): boolean {
  return failures[code].exit === 'hostKeyRefused';
}
