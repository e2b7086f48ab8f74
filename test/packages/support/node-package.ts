/** A Node as a Debian package, for the release that has none which is new enough. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cache, must } from './must.js';

/** Where Node's headers lie on this machine. */
const headers = '/usr/include/node';
const npmInstall = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** Makes a folder that apt takes as a repository (`deb [trusted=yes] file:FOLDER ./`) with the package nodejs. */
export async function nodeRepository(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await packNode(join(folder, 'nodejs.deb'));
  const { stdout } = await must(['sh', '-euc', 'cd "$0" && dpkg-scanpackages --multiversion . 2>/dev/null', folder]);
  writeFileSync(join(folder, 'Packages'), stdout);
}

/** The program of another version of Node, which an npm package brings. @param version such as 22, or 20.19.0 */
export async function otherNode(version: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const folder = join(cache, `other-node-${version}`);
  await must([...npmInstall, '--prefix', folder, `${name}@${version}`]);
  return join(folder, 'node_modules', name, 'bin/node');
}

/** Program, npm and headers in one, as in the packages of Node's own distributors. */
async function packNode(file: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'ldm-nodejs-'));
  try {
    const folder = join(scratch, 'root');
    for (const path of ['DEBIAN', 'usr/bin', 'usr/include', 'usr/lib/node_modules']) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    const { node, npm } = await ownNode(scratch);
    const version = (await must([node, '-p', 'process.versions.node'])).stdout.trim();
    await must(['cp', node, join(folder, 'usr/bin/node')]);
    await must(['cp', '-a', npm, join(folder, 'usr/lib/node_modules/npm')]);
    await must(['cp', '-a', headers, join(folder, 'usr/include/node')]);
    symlinkSync('node', join(folder, 'usr/bin/nodejs'));
    for (const name of ['npm', 'npx']) {
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'usr/bin', name));
    }
    const control = {
      Package: 'nodejs',
      Version: `${version}-0test`,
      Architecture: (await must(['dpkg', '--print-architecture'])).stdout.trim(),
      Maintainer: 'Nobody <nobody@localhost>',
      Depends: 'libc6, libstdc++6, libgcc-s1',
      Provides: 'npm',
      Description: 'the Node of the machine that tests',
    };
    const lines = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`);
    writeFileSync(join(folder, 'DEBIAN/control'), lines.join(''));
    await must(['dpkg-deb', '--root-owner-group', '-Znone', '--build', folder, file]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The machine's own Node and npm, without asking anybody for them again. Those of Debian 13 fit no other release, for
 * their libraries are separate packages; then the same version comes from npm's registry.
 */
async function ownNode(scratch: string): Promise<{ node: string; npm: string }> {
  const linked = await must(['ldd', process.execPath]);
  const npm = dirname(dirname(realpathSync((await must(['sh', '-c', 'command -v npm'])).stdout.trim())));
  if (!linked.stdout.includes('libnode.so')) return { node: process.execPath, npm };
  const packages = [`node-linux-${process.arch}@${process.versions.node}`, 'npm@11'];
  await must([...npmInstall, '--prefix', scratch, ...packages]);
  const installed = join(scratch, 'node_modules');
  return { node: join(installed, `node-linux-${process.arch}/bin/node`), npm: join(installed, 'npm') };
}
