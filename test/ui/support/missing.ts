import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = { xvfb: 'Xvfb', dbus: 'dbus-daemon', xdotool: 'xdotool', imagemagick: 'import' };
const typelibs = ['/usr/lib', '/usr/lib64', `/usr/lib/${machine()}`].map((lib) =>
  join(lib, 'girepository-1.0', 'Atspi-2.0.typelib'),
);

/** A text about what this machine lacks for real windows; undefined where nothing is missing. */
export const missingForWindows: string | undefined = findMissing();

function findMissing(): string | undefined {
  const lacking = Object.entries(programs).filter(([, program]) => !isInstalled(program));
  const packages = lacking.map(([name]) => name);
  if (!existsSync('/usr/share/dbus-1/services/org.a11y.Bus.service')) packages.push('at-spi2-core');
  if (!typelibs.some((file) => existsSync(file))) packages.push('gir1.2-atspi-2.0');
  return packages.length === 0 ? undefined : `needs the packages ${packages.join(', ')}`;
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Debian's name of this architecture, as in /usr/lib/x86_64-linux-gnu. */
function machine(): string {
  const names: Partial<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', arm: 'arm', ia32: 'i386' };
  return `${names[process.arch] ?? process.arch}-linux-gnu${process.arch === 'arm' ? 'eabihf' : ''}`;
}
