import { spawnSync } from 'node:child_process';
import { recorderScript } from './account-log.js';
import { addAccounts, type HashedAccount, homeOf } from './accounts.js';
import type { Host } from './host.js';
import { until } from './run.js';

export type HostKeyType = 'ed25519' | 'ecdsa' | 'rsa';
export type SignInMethod = 'keyboard-interactive' | 'password';

export interface SshdOptions {
  /** ed25519 where it is not said. */
  readonly hostKeyTypes?: readonly HostKeyType[];
  /** Both where it is not said. */
  readonly signIn?: readonly SignInMethod[];
  /** Lines in front of the configuration; sshd takes the first that it finds. */
  readonly config?: readonly string[];
  /** Lines in front of the system's own /etc/pam.d/sshd. */
  readonly pam?: readonly string[];
}

/** OpenSSH's server on a host, with the system's own PAM stack, behind a line that records what it is given. */
export interface Sshd {
  /** Public halves of its keys, as known_hosts lines hold them: `ssh-ed25519 AAAA...`. */
  readonly hostKeys: readonly string[];
  start(): Promise<void>;
  /** Takes no new connection; those that are there live on. */
  stopListening(): Promise<void>;
  /** Ends at once whatever of it runs, sessions included. */
  kill(): Promise<void>;
  /** Titles of the processes that serve a connection, signed in or not. */
  connections(): Promise<readonly string[]>;
  /** Stops every process of it, as a machine that is too busy; `thaw` lets them go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** From the next start on: other keys of the same types, or its own again. */
  useKeys(which: 'own' | 'other'): Promise<void>;
  /** From the next start on. */
  usePort(port: number): Promise<void>;
}

/**
 * Configuration lines of a server whose client plays many in a short time. Since 9.8, sshd turns an address away that has
 * connected too often without signing in (PerSourcePenalties); before, it does not know the setting.
 */
export const withoutPenalties: readonly string[] =
  Number(/^OpenSSH_([\d.]+)/.exec(spawnSync('ssh', ['-V'], { encoding: 'utf8' }).stderr ?? '')?.[1]) >= 9.8
    ? ['PerSourcePenalties no']
    : [];

export const sshdLog = '/var/log/sshd.log';
const configFile = '/etc/ssh/sshd_config';
const recorder = '/etc/ssh/record-credentials';

/** Titles of listeners: the command line, for a moment, and what sshd makes of it. */
const listeners = /^(sshd: )?\/usr\/sbin\/sshd /;
const ownListener = /^(sshd: )?\/usr\/sbin\/sshd -D/;
/** Those of connections. Since OpenSSH 9.8 they run sshd-session, and since 10.0 sshd-auth until they have signed in. */
const connection = /^(sshd: (?!\/)|(\/usr\/lib\/openssh\/)?sshd-(session|auth)[: ])/;

/** Prepares sshd on a host and starts it on port 22. */
export async function startSshd(
  host: Host,
  accounts: readonly HashedAccount[],
  options: SshdOptions = {},
): Promise<Sshd> {
  const types = options.hostKeyTypes ?? ['ed25519'];
  const methods = options.signIn ?? ['keyboard-interactive', 'password'];
  let keys: 'own' | 'other' = 'own';
  let port = 22;
  const keyFile = (set: 'own' | 'other', type: HostKeyType): string => `/etc/ssh/${set}_${type}_key`;
  const yes = (method: SignInMethod): string => (methods.includes(method) ? 'yes' : 'no');
  const configure = (): Promise<void> =>
    host.write(
      configFile,
      [
        ...(options.config ?? []),
        `Port ${port}`,
        ...types.map((type) => `HostKey ${keyFile(keys, type)}`),
        'UsePAM yes',
        `KbdInteractiveAuthentication ${yes('keyboard-interactive')}`,
        `PasswordAuthentication ${yes('password')}`,
        'X11Forwarding yes',
        'AcceptEnv LANG LC_*',
        'UseDNS no',
        'PrintMotd no',
        'PidFile none',
        'LogLevel DEBUG1',
        '',
      ].join('\n'),
    );

  await addAccounts(host, accounts);
  await configure();
  await host.write(recorder, recorderScript, 0o755);
  const record = `auth optional pam_exec.so quiet expose_authtok ${recorder}`;
  await host.write('/etc/pam.d/sshd', [record, ...(options.pam ?? []), await host.read('/etc/pam.d/sshd')].join('\n'));
  const generate = types.map((type) => `ssh-keygen -q -N '' -t ${type} -f ${keyFile('own', type)}`);
  const homes = accounts.map((one) => `install -d -m 700 -o ${one.uid} -g ${one.uid} ${homeOf(one)}`);
  await host.sh([...generate, ...homes].join('\n'));
  const hostKeys = await Promise.all(
    types.map(async (type) => (await host.read(`${keyFile('own', type)}.pub`)).split(' ').slice(0, 2).join(' ')),
  );

  const connections = async (): Promise<string[]> =>
    [...(await host.processes()).values()].filter((command) => connection.test(command));
  const signal = async (name: 'KILL' | 'STOP' | 'CONT', ...titles: readonly RegExp[]): Promise<void> => {
    const processes = [...(await host.processes())];
    const numbers = processes.filter(([, command]) => titles.some((title) => title.test(command))).map(([pid]) => pid);
    if (numbers.length > 0) await host.sh(`kill -${name} ${numbers.join(' ')} 2>/dev/null || true`);
  };
  const sshd: Sshd = {
    hostKeys,
    async start() {
      await host.sh(`/usr/sbin/sshd -D -f ${configFile} -E ${sshdLog} </dev/null >/dev/null 2>&1 &`);
      await until(`sshd of ${host.name} on port ${port}`, () => host.listens(port)).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${await host.read(sshdLog)}`);
      });
    },
    async stopListening() {
      await signal('KILL', ownListener);
      await until('sshd listens no more', async () => !(await host.listens(port)));
    },
    async kill() {
      await signal('KILL', listeners, connection);
      await until('sshd listens no more', async () => !(await host.listens(port)));
      // A program of an unknown name would live on, and so would the sessions that a test means to end.
      await until('no connection is left', async () => (await connections()).length === 0);
    },
    connections,
    freeze: () => signal('STOP', listeners, connection),
    thaw: () => signal('CONT', listeners, connection),
    async useKeys(which) {
      keys = which;
      for (const type of which === 'other' ? types : []) {
        await host.sh(
          `[ -e ${keyFile('other', type)} ] || ssh-keygen -q -N '' -t ${type} -f ${keyFile('other', type)}`,
        );
      }
      await configure();
    },
    async usePort(next) {
      port = next;
      await configure();
    },
  };
  await sshd.start();
  return sshd;
}
