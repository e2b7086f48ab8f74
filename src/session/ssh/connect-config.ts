import constants from 'ssh2/lib/protocol/constants.js';
import type { AlgorithmList } from '../../settings/ssh-options/ssh-algorithms.js';
import type { SshOptions } from '../../settings/ssh-options/ssh-options.js';
import { hybridExchanges } from '../ssh2/hybrid-kex.js';

/**
 * The default algorithms, best first. ssh2's own ciphers and key exchanges include nothing outdated, and it orders its
 * ciphers by the processor. Its MACs include SHA-1, so they are not used.
 */
const defaults = {
  ciphers: constants.DEFAULT_CIPHER,
  macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  kex: [...hybridExchanges.keys(), ...constants.DEFAULT_KEX],
};

/** The algorithms of servers that are ten years old. */
const legacy = {
  ciphers: ['aes128-cbc', 'aes256-cbc'],
  macs: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1'],
  hostKeys: ['ssh-rsa'],
  rsaBits: 1_024,
};
const defaultRsaBits = 2_048;

/**
 * The smallest RSA key of a server that is accepted, in bits.
 * @param required RequiredRSASize of LDM_SSHOPTIONS
 */
export function minRsaBits(required: number | undefined, isLegacy: boolean): number {
  return required ?? (isLegacy ? legacy.rsaBits : defaultRsaBits);
}

/** The algorithms for ssh2 to offer. The host key algorithms of known keys come first. */
export function algorithmsOf({
  hostKeyAlgorithms,
  sshOptions = {},
  postQuantum,
  isLegacy = false,
}: {
  readonly hostKeyAlgorithms: readonly string[];
  readonly sshOptions?: SshOptions | undefined;
  /** `require`: only post-quantum key exchanges are offered. */
  readonly postQuantum?: 'prefer' | 'require' | undefined;
  /** Whether outdated algorithms are offered too, after the others. */
  readonly isLegacy?: boolean | undefined;
}) {
  const list = (kind: 'ciphers' | 'macs' | 'kex'): string[] =>
    changed(isLegacy ? [...defaults[kind], ...legacy[kind]] : defaults[kind], sshOptions[kind]);
  return {
    serverHostKey: hostKeys(
      isLegacy ? [...hostKeyAlgorithms, ...legacy.hostKeys] : hostKeyAlgorithms,
      sshOptions.hostKeyAlgorithms,
    ),
    cipher: list('ciphers'),
    hmac: list('macs'),
    kex: postQuantum === 'require' ? postQuantumOf(list('kex')) : list('kex'),
    // Not `zlib`: that compresses the password too, and keeps it.
    ...(sshOptions.compress && { compress: ['zlib@openssh.com', 'none'] }),
  };
}

/** The list after an option of ssh: additions join the list, outdated algorithms too. */
function changed(known: readonly string[], option: AlgorithmList | undefined): string[] {
  const { how, names } = option ?? { how: 'append', names: [] };
  switch (how) {
    case 'only':
      return [...names];
    case 'remove': {
      const left = known.filter((name) => !names.includes(name));
      // ssh2 would ignore an empty list and offer its own.
      return left.length > 0 ? left : [...known];
    }
    case 'append':
      return [...new Set([...known, ...names])];
    case 'prepend':
      return [...new Set([...names, ...known])];
  }
}

/** The post-quantum exchanges of the list; all that exist where it has none. */
function postQuantumOf(list: readonly string[]): string[] {
  const wanted = list.filter((name) => hybridExchanges.has(name));
  return wanted.length > 0 ? wanted : [...hybridExchanges.keys()];
}

/** The order of the known keys takes precedence over the administrator's: another key would be refused anyway. */
function hostKeys(known: readonly string[], option: AlgorithmList | undefined): string[] {
  if (option?.how !== 'only') return changed(known, option);
  const both = known.filter((name) => option.names.includes(name));
  return both.length > 0 ? both : [...option.names];
}
