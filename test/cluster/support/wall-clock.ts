import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.js';

/** The wall clock that programs of a host see. */
export interface WallClock {
  /** Environment of a program that must see it. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on it is so many seconds ahead of the truth; below 0, behind. */
  set(seconds: number): Promise<void>;
}

/** What the machine lacks for clocks that go wrong, in words; undefined when nothing. */
export const missingForClock: string | undefined = existsSync('/usr/bin/gcc') ? undefined : 'needs the package gcc';

const source = fileURLToPath(new URL('./wall-clock.c', import.meta.url));
const library = '/run/test-clock.so';
const file = '/run/test-clock';

/** Compiles wall-clock.c on a host. A time namespace would not do: it has no wall clock, and cannot be set later. */
export async function prepareWallClock(host: Host): Promise<WallClock> {
  await host.sh(`gcc -shared -fPIC -o ${library} -x c -`, { input: readFileSync(source, 'utf8') });
  const clock: WallClock = {
    env: { LD_PRELOAD: library, TEST_CLOCK: file },
    set: (seconds) => host.write(file, `${seconds}\n`),
  };
  await clock.set(0);
  return clock;
}
