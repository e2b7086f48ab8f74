/** Shell scripts as text: esbuild's loader `text` and Vite's `?raw` both read it so. */
declare module '*.sh?raw' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: both bundlers give the text as the default
  export default text;
}
