import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AppServer } from './app-server.js';

/** PAM stacks of one server's sshd. */
export interface Pam {
  /** From now on these lines authenticate, after the line that records; account, session, password are Debian's. */
  authenticate(...lines: readonly string[]): Promise<void>;
  /** The same without the line that records, which asks for a password itself: nothing asks before these lines. */
  authenticateWith(...lines: readonly string[]): Promise<void>;
  /** Debian's own stack again. */
  restore(): Promise<void>;
}

const file = '/etc/pam.d/sshd';
const source = fileURLToPath(new URL('./pam-script.c', import.meta.url));
/** A module that asks and says what its arguments tell: pam-script.c. */
export const pamScript = '/run/pam_script.so';
/** Debian's check of the password. */
export const passwordCheck = '@include common-auth';

/** What the machine lacks for PAM stacks of a test's own, in words; undefined when nothing. */
export const missingForPam: string | undefined = existsSync('/usr/bin/gcc') ? undefined : 'needs the package gcc';

/** Compiles the scripted module on a server. */
export async function preparePam({ host }: AppServer): Promise<Pam> {
  const own = await host.read(file);
  const compile = `gcc -shared -fPIC -o ${pamScript} -x c - -x none "$(ldconfig -p | sed -n 's/.*libpam\\.so\\.0 .*=> //p' | head -n 1)"`;
  await host.sh(compile, { input: readFileSync(source, 'utf8') });
  const record = own.split('\n', 1);
  const rest = ['account required pam_nologin.so', '@include common-account', '@include common-session'];
  const write = (lines: readonly string[]): Promise<void> =>
    host.write(file, [...lines, ...rest, '@include common-password', ''].join('\n'));
  return {
    authenticate: (...lines) => write([...record, ...lines]),
    authenticateWith: (...lines) => write(lines),
    restore: () => host.write(file, own),
  };
}
