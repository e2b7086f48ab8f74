/** ssh2's key exchange with the places that scripts/ssh2-seam.mjs adds, and the lists of what ssh2 accepts. */
declare module 'ssh2/lib/protocol/kex.js' {
  const kex: {
    readonly ldm?: {
      readonly hybridExchanges: Map<string, import('./hybrid-kex.js').HybridExchange>;
      keyTypeOf: (algorithm: string) => string;
      signatureOf: (algorithm: string) => string;
      plainKey: (key: Buffer) => Buffer;
    };
  };
  // biome-ignore lint/style/noDefaultExport: what Node and esbuild make of a CommonJS module
  export default kex;
}

declare module 'ssh2/lib/protocol/constants.js' {
  const constants: {
    readonly DEFAULT_CIPHER: readonly string[];
    readonly DEFAULT_KEX: readonly string[];
    readonly SUPPORTED_KEX: string[];
    readonly SUPPORTED_SERVER_HOST_KEY: string[];
  };
  // biome-ignore lint/style/noDefaultExport: what Node and esbuild make of a CommonJS module
  export default constants;
}

declare module 'ssh2/lib/protocol/crypto.js' {
  const crypto: { readonly ldm?: { allocate: (size: number) => Buffer } };
  // biome-ignore lint/style/noDefaultExport: what Node and esbuild make of a CommonJS module
  export default crypto;
}
