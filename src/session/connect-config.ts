import type { AlgorithmList } from '../settings/ssh-algorithms.js';
import type { SshOptions } from '../settings/ssh-options.js';
import { hybridExchanges } from './hybrid-kex.js';

/** ssh2 would take SHA-1 as well. Its own ciphers and key exchanges have nothing that is outdated. */
const usualMacs = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'];

/** What servers of ten years ago have. */
const legacy = {
  ciphers: ['aes128-cbc', 'aes256-cbc'],
  macs: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1'],
  rsaBits: 1_024,
};
const usualRsaBits = 2_048;

/**
 * The smallest RSA key of a server that is accepted, in bits.
 * @param required RequiredRSASize of LDM_SSHOPTIONS
 */
export function leastRsaBits(required: number | undefined, isLegacy: boolean): number {
  return required ?? (isLegacy ? legacy.rsaBits : usualRsaBits);
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
  const { ciphers, macs, kex, compress } = sshOptions;
  return {
    serverHostKey: limited(
      isLegacy ? [...hostKeyAlgorithms, 'ssh-rsa'] : hostKeyAlgorithms,
      sshOptions.hostKeyAlgorithms,
    ),
    ...cipherList(ciphers, isLegacy),
    hmac: macs?.how === 'only' ? [...macs.names] : limited(isLegacy ? [...usualMacs, ...legacy.macs] : usualMacs, macs),
    kex: keyExchanges(kex, { postQuantum, isLegacy }),
    // Not `zlib`: that compresses the password too, and keeps it.
    ...(compress && { compress: ['zlib@openssh.com', 'none'] }),
  };
}

function cipherList(list: AlgorithmList | undefined, isLegacy: boolean) {
  if (list?.how === 'only') return { cipher: [...list.names] };
  const own = list && { [list.how]: [...list.names] };
  return isLegacy || own ? { cipher: { ...(isLegacy && { append: legacy.ciphers }), ...own } } : {};
}

/** Post-quantum exchanges first, unless the administrator says otherwise. */
function keyExchanges(
  list: AlgorithmList | undefined,
  { postQuantum, isLegacy }: { readonly postQuantum: 'prefer' | 'require'; readonly isLegacy: boolean },
) {
  const hybrid = [...hybridExchanges.keys()];
  const { how, names } = list ?? { how: 'append', names: [] };
  if (postQuantum === 'require') {
    const isWanted = (name: string): boolean =>
      how === 'only' ? names.includes(name) : how !== 'remove' || !names.includes(name);
    const wanted = hybrid.filter(isWanted);
    return wanted.length > 0 ? wanted : hybrid;
  }
  if (how === 'only') return [...names];
  const old = isLegacy ? legacy.kex : [];
  if (how === 'prepend') return { prepend: [...new Set([...names, ...hybrid])], append: old };
  if (how === 'append') return { prepend: hybrid, append: [...names, ...old] };
  return { prepend: hybrid, append: old, remove: [...names] };
}

/** The order of the known keys counts before the administrator's: another key would be refused all the same. */
function limited(known: readonly string[], list: AlgorithmList | undefined): string[] {
  if (list === undefined) return [...known];
  const { how, names } = list;
  switch (how) {
    case 'only': {
      const both = known.filter((name) => names.includes(name));
      return both.length > 0 ? both : [...names];
    }
    case 'remove':
      return known.filter((name) => !names.includes(name));
    case 'append':
      return [...new Set([...known, ...names])];
    case 'prepend':
      return [...new Set([...names, ...known])];
  }
}
