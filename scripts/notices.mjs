// License notices and a bill of materials of what the packages ship: the npm packages whose code is in the bundles
// (dist/.bundled.json, by build.mjs) and those that debian/*.install names.
//   node scripts/notices.mjs    writes dist/notices/THIRD-PARTY.md and dist/notices/sbom.cdx.json (CycloneDX)
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sbomOf } from './sbom.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (...path) => readFileSync(join(root, ...path), 'utf8');

const bundled = JSON.parse(read('dist/.bundled.json'));
const installed = readdirSync(join(root, 'debian'))
  .filter((name) => name.endsWith('.install'))
  .flatMap((name) => [...read('debian', name).matchAll(/^node_modules\/((?:@[^/]+\/)?[^/\s]+)/gm)])
  .map(([, name]) => name);
const shipped = [...new Set([...bundled, ...installed])].sort();

/** The package's license file, or else what its package.json says. */
function licenseText(name) {
  const files = readdirSync(join(root, 'node_modules', name)).filter((file) =>
    /^(licen[cs]e|copying|notice)/i.test(file),
  );
  return files.sort().map((file) => read('node_modules', name, file).trim());
}

const notices = shipped.map((name) => {
  const { version, license, author, homepage } = JSON.parse(read('node_modules', name, 'package.json'));
  const by = typeof author === 'object' ? author.name : author;
  const texts = licenseText(name);
  if (typeof license !== 'string' && texts.length === 0) throw new Error(`${name} ${version} has no license`);
  return [
    `## ${name} ${version}`,
    [`License: ${license ?? 'see below'}`, by && `Author: ${by}`, homepage].filter(Boolean).join('  \n'),
    ...texts.map((text) => ['```', text.replaceAll('```', "'''").replaceAll('\r\n', '\n'), '```'].join('\n')),
  ].join('\n\n');
});

const sbom = sbomOf(root, shipped, Number(process.env.SOURCE_DATE_EPOCH ?? 0));

const folder = join(root, 'dist/notices');
mkdirSync(folder, { recursive: true });
const head = '# Parts of others\n\nCode of these npm packages is in the packages of ldm-greeter.';
writeFileSync(join(folder, 'THIRD-PARTY.md'), `${[head, ...notices].join('\n\n')}\n`);
writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(sbom, undefined, 2)}\n`);
