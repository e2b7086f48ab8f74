/** The releases of Debian that the packages are for, and where their packages come from. */
import { must } from './must.js';

export type Release = 'trixie' | 'bookworm';

/** Whether everything is to be tried: `npm run test:packages`. Within `npm test` it would take too long. */
export const isThorough = process.env.LDM_TEST_THOROUGH === '1';

const allReleases: readonly Release[] = ['trixie', 'bookworm'];
/** The releases that are tried, the current one first. */
export const releases: readonly Release[] = isThorough ? allReleases : allReleases.slice(0, 1);

/** Whether the release has a Node that is new enough; else the tests bring one (node-package.ts). */
export const hasNode: Readonly<Record<Release, boolean>> = { trixie: true, bookworm: false };

/** Suites and components of a release, each with the mirror that this machine's apt uses: `URI SUITE main`. */
export async function aptSources(release: Release): Promise<string[]> {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)';
  const known = await must(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages', 'Origin: Debian']);
  const own = new RegExp(`(?<= )(${allReleases.join('|')})(?=[ -])`);
  const lines = known.stdout
    .split('\n')
    .filter((line) => line.endsWith(' main') && own.test(line))
    .map((line) => line.replace(own, release));
  return lines.length > 0 ? [...new Set(lines)] : [`http://deb.debian.org/debian ${release} main`];
}

/** How apt reaches the mirrors from here, as lines of apt.conf. */
export async function aptAccess(): Promise<string[]> {
  const { stdout } = await must(['apt-config', 'dump']);
  return stdout.split('\n').filter((line) => /^Acquire::https?::(Proxy|CaInfo)/i.test(line));
}
