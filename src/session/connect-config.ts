import type { AlgorithmList } from '../settings/ssh-algorithms.js';
import type { SshOptions } from '../settings/ssh-options.js';
import { hybridExchanges } from './hybrid-kex.js';

/** How ssh2 is told which algorithms to offer; host key algorithms are those of the keys that are known, first. */
export function algorithmsOf({
  hostKeyAlgorithms,
  sshOptions = {},
  postQuantum = 'prefer',
}: {
  readonly hostKeyAlgorithms: readonly string[];
  readonly sshOptions?: SshOptions | undefined;
  /** `require`: nothing but post-quantum key exchange is offered. */
  readonly postQuantum?: 'prefer' | 'require' | undefined;
}) {
  const { ciphers, macs, kex, compress } = sshOptions;
  return {
    serverHostKey: limited(hostKeyAlgorithms, sshOptions.hostKeyAlgorithms),
    ...(ciphers && { cipher: listOf(ciphers) }),
    ...(macs && { hmac: listOf(macs) }),
    kex: keyExchanges(kex, postQuantum),
    ...(compress && { compress: ['zlib@openssh.com', 'zlib', 'none'] }),
  };
}

function listOf({ how, names }: AlgorithmList) {
  return how === 'only' ? [...names] : { [how]: [...names] };
}

/** Post-quantum exchanges first, unless the administrator says otherwise. */
function keyExchanges(list: AlgorithmList | undefined, postQuantum: 'prefer' | 'require') {
  const hybrid = [...hybridExchanges.keys()];
  const { how, names } = list ?? { how: 'append', names: [] };
  if (postQuantum === 'require') {
    const wanted = hybrid.filter((name) =>
      how !== 'only' && how !== 'remove' ? true : names.includes(name) === (how === 'only'),
    );
    return wanted.length > 0 ? wanted : hybrid;
  }
  if (how === 'only') return [...names];
  if (how === 'prepend') return { prepend: [...new Set([...names, ...hybrid])] };
  return { prepend: hybrid, [how]: [...names] };
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
