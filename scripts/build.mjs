// Bundles the programs into dist/: `ldm` and `ldminfod` as ES modules, the greeter as CommonJS, the one shape that
// node-gtk runs reliably (its last statement is Gtk.main()). Native packages stay outside the bundles.
import { existsSync } from 'node:fs';
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };
const programs = [
  { in: 'src/main.ts', out: 'dist/ldm.mjs', format: 'esm', external: ['ssh2'] },
  { in: 'src/ldminfod/main.ts', out: 'dist/ldminfod.mjs', format: 'esm', external: [] },
  { in: 'src/ui/main.ts', out: 'dist/greeter.cjs', format: 'cjs', external: ['node-gtk'] },
];

/** Bundled CommonJS packages ask for Node's own modules through `require`. */
const requireForEsm =
  "import { createRequire as ldmCreateRequire } from 'node:module'; const require = ldmCreateRequire(import.meta.url);";

for (const program of programs.filter((one) => existsSync(one.in))) {
  await build({
    ...common,
    entryPoints: [program.in],
    outfile: program.out,
    format: program.format,
    external: program.external,
    ...(program.format === 'esm' && { banner: { js: requireForEsm } }),
  });
}
