import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandError, exitCode } from './exit-codes.js';

/** Versions of Node by the ABI version of compiled addons: https://nodejs.org/en/download/releases */
const nodeOf: Readonly<Record<string, string>> = { 115: '20', 127: '22', 137: '24' };

/** @param bundle the greeter's program, beside its node_modules */
function addonFolders(bundle: string): string {
  return fileURLToPath(new URL('../node_modules/node-gtk/lib/binding/', `file://${bundle}`));
}

/** Where the greeter's addon is if it was compiled for this Node. @param bundle as above */
export function addonFolder(bundle: string): string {
  const { versions, platform, arch } = process;
  return `${addonFolders(bundle)}node-v${versions.modules}-${platform}-${arch}`;
}

/**
 * Checks that the greeter's addon was compiled for this major version of Node. With another one, the greeter would crash
 * at every start.
 * @param bundle the greeter's program, beside its node_modules
 * @throws {CommandError} for an addon of another version
 */
export function checkCompiledFor(bundle: string): void {
  if (existsSync(addonFolder(bundle))) return;
  const { versions, platform, arch } = process;
  const folder = addonFolders(bundle);
  const [found] = existsSync(folder) ? readdirSync(folder) : [];
  if (found === undefined) {
    throw new CommandError(
      exitCode.internal,
      `${folder} is missing; install ldm-greeter again (checkout: npm run setup)`,
    );
  }
  const [, abi = '', machine = ''] = /^node-v(\d+)-(.+)$/.exec(found) ?? [];
  const wanted = nodeOf[abi] ?? `with module version ${abi}`;
  if (machine !== `${platform}-${arch}`) {
    throw new CommandError(
      exitCode.internal,
      `the greeter was built for ${machine}; Node here is for ${platform}-${arch}`,
    );
  }
  throw new CommandError(
    exitCode.internal,
    `the greeter was built for Node ${wanted}, and ${process.execPath} is Node ${versions.node}; ` +
      `install Node ${wanted}, or an ldm-greeter that was built for this one (checkout: npm run setup)`,
  );
}
