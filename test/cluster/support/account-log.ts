/** What a server's sshd got to know of those who came, read from its log at level DEBUG1. */
export interface AccountLog {
  /** Every user name that reached the server, with the method asked for, in order. */
  readonly requests: readonly { readonly user: string; readonly method: string }[];
  readonly accepted: readonly { readonly user: string; readonly method: string }[];
  readonly failed: readonly { readonly user: string; readonly method: string }[];
  /** Connections that were accepted on the port. */
  readonly connections: number;
  /** Every user name and password that came as far as PAM, in order. */
  readonly credentials: readonly { readonly user: string; readonly password: string }[];
}

/**
 * @param log text of sshd's log
 * @param credentials what {@link recorderScript} wrote
 */
export function readAccountLog(log: string, credentials: string): AccountLog {
  const matches = (pattern: RegExp): { user: string; method: string }[] =>
    [...log.matchAll(pattern)].map(({ groups }) => ({ user: groups?.user ?? '', method: groups?.method ?? '' }));
  return {
    requests: matches(/userauth-request for user (?<user>.*) service ssh-connection method (?<method>\S+)/g),
    accepted: matches(/Accepted (?<method>\S+) for (?<user>.*) from /g),
    failed: matches(/Failed (?<method>\S+) for (?:invalid user )?(?<user>.*) from /g),
    connections: [...log.matchAll(/Connection from /g)].length,
    credentials: credentials
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [user = '', password = ''] = line.split('\t').map((hex) => Buffer.from(hex, 'hex').toString());
        return { user, password };
      }),
  };
}

export const credentialsFile = '/run/credentials';

/** Run by pam_exec with the password on standard input, ended by a NUL: one line of hex for each credential. */
export const recorderScript = `#!/bin/sh
user=$(printf %s "$PAM_USER" | od -An -v -tx1 | tr -d ' \\n')
password=$(tr -d '\\0' | od -An -v -tx1 | tr -d ' \\n')
printf '%s\\t%s\\n' "$user" "$password" >>${credentialsFile}
`;
