import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { installRoot } from './support/clean-root.js';
import { missingForPackages } from './support/missing.js';
import { must } from './support/must.js';
import { isThorough, releases } from './support/releases.js';
import { layerOver, minimalRoot, runInRoot } from './support/roots.js';

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

for (const release of releases) {
  requireOrSkip(missingForPackages, `the packages built on ${release}`, () => {
    let built: Built;
    const file = (name: string): string => built.packages.get(name) ?? `no package ${name}`;
    const contents = async (name: string): Promise<string[]> => {
      const listed = await must(['dpkg-deb', '--contents', file(name)]);
      return listed.stdout.split('\n').map((line) => line.replace(/^.*? \.\//, '/').replace(/ -> .*/, ''));
    };
    const field = async (name: string, of: string): Promise<string> =>
      (await must(['dpkg-deb', '--field', file(name), of])).stdout.trim();

    /** The Node of the root that they are built in. */
    const compiledFor = async (): Promise<{ major: number; addon: string }> => {
      const tell = `apt-get -qq install --yes nodejs >/dev/null
      node -p 'JSON.stringify({ major: parseInt(process.versions.node, 10),
        addon: \`node-v\${process.versions.modules}-linux-\${process.arch}\` })'`;
      return JSON.parse((await runInRoot(await installRoot(built), ['sh', '-euc', tell])).stdout);
    };

    beforeAll(async () => {
      built = await buildPackages('first', release);
    });

    it('are two, built without a network from the lock file', () => {
      expect([...built.packages.keys()].sort()).toEqual(['ldm-greeter', 'ldm-server']);
    });

    it('have no error and no warning for the lintian of their release', async () => {
      const root = await layerOver(
        await minimalRoot(release),
        'lintian',
        'apt-get -q install --yes lintian; apt-get clean',
      );
      const check = 'lintian --allow-root --fail-on error,warning --no-tag-display-limit /tmp/built/*.changes';
      const { stdout } = await runInRoot(root, ['sh', '-euc', check], { binds: { '/tmp/built': built.folder } });
      expect(stdout).toBe('');
    });

    it('leave what only a build needs out of the greeter: no sources, no build tree, no compiler, no npm', async () => {
      const files = await contents('ldm-greeter');
      expect(files.filter((path) => /obj\.target|\.(cc|o|gyp|map)$|node-gyp|node-pre-gyp/.test(path))).toEqual([]);
      expect(files.filter((path) => path.endsWith('.node')).map((path) => basename(path))).toEqual(
        expect.arrayContaining(['node_gtk.node', 'sshcrypto.node']),
      );
      expect(await field('ldm-greeter', 'Depends')).not.toMatch(/-dev\b|g\+\+|python|\bnpm\b|make/);
    });

    it('leave GTK out of the server: no addon, no layout, no dependency but Node and xauth', async () => {
      const files = await contents('ldm-server');
      expect(files.filter((path) => /\.node$|node_modules|\.glade$|greeter\.cjs/.test(path))).toEqual([]);
      expect(await field('ldm-server', 'Depends')).toMatch(
        /^nodejs \(>= 20\.19\), xauth(, init-system-helpers \([^)]*\))?$/,
      );
      expect(await field('ldm-server', 'Architecture')).toBe('all');
    });

    it('bind the compiled addon to the major version of Node that it was made for', async () => {
      const { major, addon } = await compiledFor();
      expect(await field('ldm-greeter', 'Depends')).toContain(`nodejs (>= 20.19), nodejs (<< ${major + 1}~)`);
      expect((await contents('ldm-greeter')).filter((path) => path.endsWith(`/${addon}/node_gtk.node`))).toHaveLength(
        1,
      );
    });

    it('have the version of package.json', async () => {
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
      // The epoch is there for the sake of the classic packages: docs/operation.md.
      for (const name of built.packages.keys()) expect(await field(name, 'Version')).toBe(`3:${version}-1`);
    });

    it('name the license of every npm package whose code they contain, and list them in an SBOM', async () => {
      const inPackage = async (path: string): Promise<string> =>
        (
          await must([
            'sh',
            '-c',
            'dpkg-deb --fsys-tarfile "$0" | tar -xO "./usr/share/doc/ldm-greeter/$1"',
            file('ldm-greeter'),
            path,
          ])
        ).stdout;
      const [notices, sbom] = await Promise.all([inPackage('THIRD-PARTY.md'), inPackage('sbom.cdx.json')]);
      const parts: { name: string; licenses?: unknown[] }[] = JSON.parse(sbom).components;
      expect(parts.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['node-gtk', 'ssh2', 'commander', 'valibot', 'dns-packet']),
      );
      for (const { name, licenses } of parts) {
        expect(licenses ?? [], name).not.toEqual([]);
        expect(notices).toMatch(new RegExp(`^## (@[^/]+/)?${name.replace(/[.]/g, '\\.')} `, 'm'));
      }
    });

    it.runIf(isThorough)(
      'are the same to the last bit when they are built again elsewhere',
      {
        timeout: 1_200_000,
      },
      async () => {
        const again = await buildPackages('second', release);
        for (const [name, path] of built.packages) {
          expect(sha256(again.packages.get(name) ?? ''), name).toBe(sha256(path));
        }
      },
    );
  });
}

describe.runIf(isThorough)('the packages of two releases', () => {
  it('have the same programs and the same SBOM, whichever npm installed what they are made of', async () => {
    const told = await Promise.all(
      releases.map(async (release) => {
        const file = (await buildPackages('first', release)).packages.get('ldm-server') ?? '';
        const list = `folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; dpkg-deb -x "$0" "$folder"; cd "$folder"
          find usr/lib/ldm-server usr/share/doc -type f -exec sha256sum {} + | sort -k 2`;
        return (await must(['sh', '-euc', list, file])).stdout;
      }),
    );
    expect(told[0]).toContain('sbom.cdx.json');
    expect(new Set(told).size, told.join('\n')).toBe(1);
  });
});
