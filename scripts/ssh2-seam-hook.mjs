// For programs that run the sources instead of dist/: loads ssh2 with the hooks that the build adds (node --import, or
// vitest's setupFiles).
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { applySeam, seamFile } from './ssh2-seam.mjs';

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, file) => {
  if (seamFile.test(file)) module._compile(applySeam(readFileSync(file, 'utf8'), file), file);
  else load(module, file);
};
