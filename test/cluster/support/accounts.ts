import type { Host } from './host.js';
import { run } from './run.js';

/** Somebody who can log in, on the hosts of the cluster only. */
export interface Account {
  readonly name: string;
  readonly password: string;
  /** /bin/sh where it is not said. */
  readonly shell?: string;
}

/** An account with what /etc/passwd and /etc/shadow hold of it. */
export interface HashedAccount extends Account {
  readonly uid: number;
  readonly hash: string;
}

/** Above every number that a fresh Debian gives. */
const firstUid = 40_000;

/** Hashes the passwords as the system's own crypt(3) does, with few rounds: they protect nothing. */
export async function hashAccounts(accounts: readonly Account[]): Promise<HashedAccount[]> {
  const perl = 'while (<STDIN>) { chomp; print crypt($_, q($6$rounds=1000$clusterclusterab)), "\\n" }';
  const { code, stdout, stderr } = await run(['perl', '-e', perl], {
    input: accounts.map(({ password }) => `${password}\n`).join(''),
  });
  if (code !== 0) throw new Error(`perl's crypt failed: ${stderr}`);
  const hashes = stdout.split('\n');
  return accounts.map((account, index) => ({ ...account, uid: firstUid + index, hash: hashes[index] ?? '!' }));
}

/** The folder of an account on its host; not the name itself, which may hold anything. */
export function homeOf(account: HashedAccount): string {
  return `/run/home/${account.uid}`;
}

/** Adds accounts to the host's private /etc. */
export async function addAccounts(host: Host, accounts: readonly HashedAccount[]): Promise<void> {
  const append = async (file: string, mode: number, line: (account: HashedAccount) => string): Promise<void> =>
    host.write(file, (await host.read(file)) + accounts.map((account) => `${line(account)}\n`).join(''), mode);
  await append('/etc/passwd', 0o644, (a) => `${a.name}:x:${a.uid}:${a.uid}::${homeOf(a)}:${a.shell ?? '/bin/sh'}`);
  await append('/etc/group', 0o644, (a) => `${a.name}:x:${a.uid}:`);
  await append('/etc/shadow', 0o640, (a) => `${a.name}:${a.hash}:19800:0:99999:7:::`);
  await append('/etc/gshadow', 0o640, (a) => `${a.name}:!::`);
}
