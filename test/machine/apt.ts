/** Where Debian 13 comes from: the mirror that this machine's apt uses, or Debian's own. */
import { must } from '../packages/support/build-packages.js';

const release = 'trixie';
const usual = 'http://deb.debian.org';

/** Lines of a sources.list, without the `deb` in front. */
export async function debianSources(): Promise<readonly string[]> {
  const format = ['--format', '$(REPO_URI) $(CODENAME)'];
  const { stdout } = await must(['apt-get', 'indextargets', ...format, 'Created-By: Packages', 'Origin: Debian']);
  const mirrors = stdout.split('\n').map((line) => line.split(' '));
  const mirrorOf = (kind: RegExp): string | undefined => mirrors.find(([, codename = '']) => kind.test(codename))?.[0];
  const main = mirrorOf(/^[a-z]+$/) ?? `${usual}/debian`;
  const security = mirrorOf(/-security$/) ?? `${usual}/debian-security`;
  return [`${main} ${release} main`, `${main} ${release}-updates main`, `${security} ${release}-security main`];
}

/** Settings of apt: the machine's own about the network, and patience. */
export async function aptSettings(): Promise<readonly string[]> {
  const { stdout } = await must(['apt-config', 'dump']);
  const network = stdout.split('\n').filter((line) => /^Acquire::https?::(Proxy|CaInfo)/i.test(line));
  return [...network, 'Acquire::Retries "3";', 'APT::Sandbox::User "root";'];
}
