/** For tests that run the sources: ssh2 with the places that the build adds to it (scripts/ssh2-seam.mjs). */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { applySeam, seamFile } from '../../scripts/ssh2-seam.mjs';

interface CompiledModule {
  _compile(code: string, file: string): void;
}

const loaders = (Module as unknown as { _extensions: Record<string, (module: CompiledModule, file: string) => void> })
  ._extensions;
const load = loaders['.js'];
loaders['.js'] = (module, file) => {
  if (seamFile.test(file)) module._compile(applySeam(readFileSync(file, 'utf8')), file);
  else load?.(module, file);
};
