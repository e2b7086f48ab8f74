/** The configuration of DNS by resolv.conf(5). */
export interface ResolverConfig {
  /** Addresses in the order in which they are asked, at most 3; default: this machine. */
  readonly nameservers: readonly string[];
  /** Whether the text has any name server. */
  readonly isConfigured: boolean;
  /** Domains that are appended to short names, at most 6. */
  readonly search: readonly string[];
  /** A name with at least this many dots is first asked as it is. */
  readonly ndots: number;
  /** ms for one answer. */
  readonly timeoutMs: number;
  /** How often each name server is asked. */
  readonly attempts: number;
  /** Whether a random name server is asked first. */
  readonly rotate: boolean;
}

/**
 * Reads the text as glibc does: the last `search` or `domain` counts, unknown keywords are ignored, values are limited.
 * @param hostName of this machine; its domain is the default for the search list
 */
export function parseResolvConf(text: string, hostName: string): ResolverConfig {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/[#;].*/, '').trim())
    .map((line) => line.split(/\s+/));
  const values = (keyword: string): string[][] =>
    lines.filter(([first]) => first === keyword).map(([, ...rest]) => rest);
  const nameservers = values('nameserver').flatMap(([address]) => address ?? []);
  const domains = lines
    .filter(([first]) => first === 'search' || first === 'domain')
    .at(-1)
    ?.slice(1);
  const ownDomain = hostName.split('.').slice(1).join('.');
  const options = values('options').flat();
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const value = options.filter((option) => option.startsWith(`${name}:`)).at(-1);
    const digits = /^\w+:(\d{1,4})$/.exec(value ?? '')?.[1];
    return digits === undefined ? fallback : Math.min(max, Math.max(min, Number(digits)));
  };
  return {
    nameservers: nameservers.length > 0 ? nameservers.slice(0, 3) : ['127.0.0.1'],
    isConfigured: nameservers.length > 0,
    search: (domains ?? (ownDomain === '' ? [] : [ownDomain])).map((domain) => domain.replace(/\.$/, '')).slice(0, 6),
    ndots: number('ndots', 1, 0, 15),
    timeoutMs: 1000 * number('timeout', 5, 1, 30),
    attempts: number('attempts', 2, 1, 5),
    rotate: options.includes('rotate'),
  };
}

/** The full names that are asked for a name, in order. A name that ends with a dot is already full. */
export function searchedNames(name: string, { search, ndots }: Pick<ResolverConfig, 'search' | 'ndots'>): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const longer = search.filter((domain) => domain !== '').map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return [...new Set(dots >= ndots ? [name, ...longer] : [...longer, name])];
}
