import constants from 'ssh2/lib/protocol/constants.js';
import type { AlgorithmList } from '../../settings/ssh-options/ssh-algorithms.js';
import type { SshOptions } from '../../settings/ssh-options/ssh-options.js';
import { hybridExchanges } from '../ssh2/hybrid-kex.js';

/**
 * What is offered by default, the best first. ssh2's own ciphers and key exchanges have nothing that is outdated, and
 * the order of its ciphers is the processor's; its MACs would have SHA-1 among them.
 */
const defaults = {
  ciphers: constants.DEFAULT_CIPHER,
  macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  kex: [...hybridExchanges.keys(), ...constants.DEFAULT_KEX],
};

/** What servers of ten years ago have. */
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

/** How ssh2 is told which algorithms to offer; host key algorithms are those of the keys that are known, first. */
export function algorithmsOf({
  hostKeyAlgorithms,
  sshOptions = {},
  postQuantum = 'prefer',
  isLegacy = false,
}: {
  readonly hostKeyAlgorithms: readonly string[];
  readonly sshOptions?: SshOptions | undefined;
  /** `require`: nothing but post-quantum key exchange is offered. */
  readonly postQuantum?: 'prefer' | 'require' | undefined;
  /** Whether outdated algorithms are offered too, behind the others. */
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

/** The list as an option of ssh has it: an addition joins what is there, outdated algorithms too. */
function changed(known: readonly string[], option: AlgorithmList | undefined): string[] {
  const { how, names } = option ?? { how: 'append', names: [] };
  switch (how) {
    case 'only':
      return [...names];
    case 'remove': {
      const left = known.filter((name) => !names.includes(name));
      // ssh2 would take an empty list for none, and offer its own.
      return left.length > 0 ? left : [...known];
    }
    case 'append':
      return [...new Set([...known, ...names])];
    case 'prepend':
      return [...new Set([...names, ...known])];
  }
}

/** Those of the list that are post-quantum; all that there are where it has none. */
function postQuantumOf(list: readonly string[]): string[] {
  const wanted = list.filter((name) => hybridExchanges.has(name));
  return wanted.length > 0 ? wanted : [...hybridExchanges.keys()];
}

/** The order of the known keys counts before the administrator's: another key would be refused all the same. */
function hostKeys(known: readonly string[], option: AlgorithmList | undefined): string[] {
  if (option?.how !== 'only') return changed(known, option);
  const both = known.filter((name) => option.names.includes(name));
  return both.length > 0 ? both : [...option.names];
}
