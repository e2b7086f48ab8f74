import type { AlgorithmList, SshOptions } from '../settings/ssh-options.js';

/** ssh2 would take SHA-1 as well. Its own ciphers and key exchanges have nothing that is outdated. */
const usualMacs = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'];

/** How ssh2 is told which algorithms to offer; host key algorithms are those of the keys that are known, first. */
export function algorithmsOf({
  hostKeyAlgorithms,
  sshOptions = {},
}: {
  readonly hostKeyAlgorithms: readonly string[];
  readonly sshOptions?: SshOptions | undefined;
}) {
  const { ciphers, macs, kex, compress } = sshOptions;
  return {
    serverHostKey: limited(hostKeyAlgorithms, sshOptions.hostKeyAlgorithms),
    ...(ciphers && { cipher: listOf(ciphers) }),
    hmac: macs?.how === 'only' ? [...macs.names] : limited(usualMacs, macs),
    ...(kex && { kex: listOf(kex) }),
    // Not `zlib`: that compresses the password too, and keeps it.
    ...(compress && { compress: ['zlib@openssh.com', 'none'] }),
  };
}

function listOf({ how, names }: AlgorithmList) {
  return how === 'only' ? [...names] : { [how]: [...names] };
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
