import { globMatches } from '../../shared/glob.js';

/** A list in the form of ssh_config(5): the whole list, or algorithms to append, remove or prepend. */
export interface AlgorithmList {
  readonly how: 'only' | 'append' | 'remove' | 'prepend';
  readonly names: readonly string[];
}

/** The algorithms of our ssh library (ssh2 1.17 with session/ssh2/hooks.ts). A test compares them. */
export const sshAlgorithms = {
  ciphers: splitNames(
    'aes128-gcm@openssh.com aes256-gcm@openssh.com aes128-ctr aes192-ctr chacha20-poly1305@openssh.com aes256-ctr',
    'aes256-cbc aes192-cbc aes128-cbc 3des-cbc aes128-gcm aes256-gcm',
  ),
  macs: splitNames(
    'hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com hmac-sha1-etm@openssh.com hmac-sha2-256',
    'hmac-sha2-512 hmac-sha1 hmac-md5 hmac-sha2-256-96 hmac-sha2-512-96 hmac-ripemd160 hmac-sha1-96 hmac-md5-96',
  ),
  kex: splitNames(
    'mlkem768x25519-sha256 sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com',
    'curve25519-sha256@libssh.org curve25519-sha256 ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256 diffie-hellman-group14-sha256 diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512 diffie-hellman-group17-sha512 diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha1 diffie-hellman-group14-sha1 diffie-hellman-group1-sha1',
  ),
  hostKeyAlgorithms: splitNames(
    'ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 rsa-sha2-512 rsa-sha2-256 ssh-rsa ssh-dss',
    'ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384-cert-v01@openssh.com',
    'ecdsa-sha2-nistp521-cert-v01@openssh.com rsa-sha2-512-cert-v01@openssh.com rsa-sha2-256-cert-v01@openssh.com',
  ),
} as const;
export type AlgorithmKind = keyof typeof sshAlgorithms;

/** CBC, SHA-1, MD5, RIPEMD, DSA and truncated tags: OpenSSH chooses none of them by default. */
const old = /cbc|sha1|md5|ripemd|-96|ssh-rsa|ssh-dss|arcfour|blowfish|cast128|^3des/;

export type ReadAlgorithms =
  | { readonly kind: 'list'; readonly list: AlgorithmList | undefined; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'invalid' };

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/**
 * Reads a list. An option must not make a connection weaker than the default, so old algorithms are left out. `list` is
 * undefined where nothing remains.
 */
export function readAlgorithms(kind: AlgorithmKind, value: string): ReadAlgorithms {
  const how = ({ '+': 'append', '-': 'remove', '^': 'prepend' } as const)[value.slice(0, 1)] ?? 'only';
  const named = (how === 'only' ? value : value.slice(1)).split(',');
  if (named.some((name) => name === '')) return { kind: 'invalid' };
  if (how === 'remove') {
    const names = sshAlgorithms[kind].filter((name) => named.some((pattern) => globMatches(pattern, name)));
    const isAnyLeft = sshAlgorithms[kind].some((name) => !old.test(name) && !names.includes(name));
    if (isAnyLeft) return { kind: 'list', list: names.length > 0 ? { how, names } : undefined, leftOut: [] };
    return { kind: 'list', list: undefined, leftOut: [{ name: value, why: 'no algorithm would remain' }] };
  }
  const leftOut = named.flatMap((name): LeftOut[] => {
    if (old.test(name)) return [{ name, why: 'it is old and would weaken the connection' }];
    return sshAlgorithms[kind].includes(name) ? [] : [{ name, why: 'ldm does not have it' }];
  });
  const names = named.filter((name) => !leftOut.some((one) => one.name === name));
  return { kind: 'list', list: names.length > 0 ? { how, names } : undefined, leftOut };
}

function splitNames(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '));
}
