// The bill of materials of what the packages ship, as CycloneDX 1.5. It is made here and not by `npm sbom`, which npm
// 9 (Debian 13) does not have. From the lock file and the installed packages, the result is the same with every npm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param root the folder of package.json, package-lock.json and node_modules
 * @param shipped names of npm packages at the top of node_modules
 * @param epoch seconds: the time of the source
 */
export function sbomOf(root, shipped, epoch) {
  const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  const own = readJson('package.json');
  const locked = readJson('package-lock.json').packages;
  const parts = new Map(shipped.map((name) => [name, readJson('node_modules', name, 'package.json')]));
  const refOf = ({ name, version }) => `${name}@${version}`;
  const needs = (manifest) =>
    Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
      .filter((name) => parts.has(name))
      .map((name) => refOf(parts.get(name)))
      .sort();

  const components = [...parts].map(([name, manifest]) => {
    const lock = locked[`node_modules/${name}`];
    if (lock?.version !== manifest.version) {
      throw new Error(`${name} ${manifest.version} is installed, and package-lock.json has ${lock?.version}`);
    }
    return componentOf(manifest, lock);
  });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1_000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': refOf(own),
        type: 'application',
        name: own.name,
        version: own.version,
        description: own.description,
        purl: purlOf(own),
      },
    },
    components,
    dependencies: [own, ...parts.values()].map((one) => ({ ref: refOf(one), dependsOn: needs(one) })),
  };
}

function componentOf(manifest, lock) {
  const { name, version, description } = manifest;
  // Old packages have a list: "licenses": [{ "type": "MIT" }]
  const licenses = [manifest.license ?? manifest.licenses ?? []].flat().map((one) => one.type ?? one);
  const author = typeof manifest.author === 'object' ? manifest.author.name : manifest.author;
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: lock.optional ? 'optional' : 'required',
    ...(author && { author }),
    ...(description && { description }),
    purl: purlOf(manifest),
    externalReferences: references(manifest),
    hashes: hashes(lock.integrity),
    ...(licenses.length > 0 && { licenses: licenses.map(licenseOf) }),
  };
}

/** https://github.com/package-url/purl-spec: the @ of a scope is percent-encoded. */
function purlOf({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** An expression such as (MIT OR Apache-2.0) is not a license name. */
function licenseOf(license) {
  return / (AND|OR|WITH) /.test(license) ? { expression: license } : { license: { id: license } };
}

function references({ repository, homepage, bugs }) {
  const urlOf = (place) => (typeof place === 'object' ? place?.url : place);
  return [
    // Short for a repository on GitHub: OWNER/NAME
    ['vcs', urlOf(repository)?.replace(/^[\w-]+\/[\w.-]+$/, 'git+https://github.com/$&.git')],
    ['website', homepage],
    ['issue-tracker', urlOf(bugs)],
  ].flatMap(([type, url]) => (url ? [{ type, url }] : []));
}

/** The lock file has them in base64, as subresource integrity does. */
function hashes(integrity) {
  return integrity.split(' ').map((one) => {
    const [algorithm, content] = one.split(/-(.*)/);
    return { alg: algorithm.replace(/^sha/, 'SHA-'), content: Buffer.from(content, 'base64').toString('hex') };
  });
}
