// Runs the fuzz of the SSH side: npm run fuzz [-- --minutes N --seed S]; the cases are in test/fuzz/.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const folder = 'node_modules/.cache/fuzz';
await build({
  entryPoints: ['test/fuzz/main.ts', 'test/fuzz/client.ts'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
  loader: { '.sh': 'text' },
});
const child = spawn(
  process.execPath,
  ['--import', './scripts/ssh2-seam-hook.mjs', `${folder}/main.mjs`, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
