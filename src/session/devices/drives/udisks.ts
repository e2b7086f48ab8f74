import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { errorMessage } from '../../../shared/errors.js';
import { runProgram } from '../../../shared/programs/run-program.js';
import type { LocalMedia, Medium } from './local-media.js';
import { mediaIn, mountPathIn, type UdisksMedium } from './udisks-objects.js';

/** ms; a small file of the kernel is read so often. */
const lookMs = 500;
/** After a change of the kernel's list, udev and UDisks2 look into the device. So often they are asked meanwhile. */
const looksAfterChange = 8;
/** Asked so often in any case, for what does not change the list. */
const looksBetween = 20;
const maxAnswerBytes = 8 * 1024 * 1024;
const askMs = 10_000;
/** A slow medium is written to its end. */
const unmountMs = 120_000;

const service = 'org.freedesktop.UDisks2';
const noDialog = ['auth.no_user_interaction', 'b', 'true'] as const;

/**
 * The removable media of this client, by UDisks2. It mounts them for this process's user, whom a polkit rule allows it.
 * While nothing changes, it costs reading /proc/partitions twice a second.
 * @param seat of logind
 */
export function udisksMedia(seat: string): LocalMedia {
  let known: readonly UdisksMedium[] = [];
  let leftovers = Promise.resolve();
  /** Objects of what was mounted here, which may have changed or gone since. */
  const mounted = new Map<string, string>();
  const look = async (): Promise<readonly UdisksMedium[]> => {
    const answer = await call(['/org/freedesktop/UDisks2', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects']);
    known = mediaIn(answer, seat);
    return known;
  };
  const found = ({ id }: Medium): UdisksMedium => {
    const medium = known.find((one) => one.id === id);
    if (medium === undefined) throw new Error('it is gone');
    return medium;
  };
  const unmount = async (object: string): Promise<void> => {
    await call([object, `${service}.Filesystem`, 'Unmount', 'a{sv}', '1', ...noDialog], unmountMs);
  };
  const unmountOwn = async (): Promise<void> => {
    try {
      // UDisks2 refuses to unmount what another user has mounted, and what a session of another screen uses.
      for (const one of await look()) if (isOfUser(one)) await unmount(one.object).catch(() => {});
    } catch {
      // Where it does not answer, it has mounted nothing.
    }
  };
  return {
    watch: (changed, failed) => watchMedia(() => leftovers.then(look), changed, failed),
    async mount(medium) {
      const { object } = found(medium);
      mounted.set(medium.id, object);
      const options = ['options', 's', 'nosuid,nodev,noexec'];
      return mountPathIn(
        await call([object, `${service}.Filesystem`, 'Mount', 'a{sv}', '2', ...noDialog, ...options], unmountMs),
      );
    },
    unmount: async (medium) => unmount(mounted.get(medium.id) ?? found(medium).object),
    async eject(medium) {
      try {
        const all = await look();
        const { drive, canEject, canPowerOff } = found(medium);
        const isInUse = all.some((one) => one.drive === drive && one.isMounted);
        if (drive === undefined || isInUse || !(canEject || canPowerOff)) return;
        await call([drive, `${service}.Drive`, canEject ? 'Eject' : 'PowerOff', 'a{sv}', '1', ...noDialog], unmountMs);
      } catch {
        // It is unmounted, so it can be pulled out as it is.
      }
    },
    unmountLeftovers() {
      leftovers = unmountOwn();
      return leftovers;
    },
  };
}

/** UDisks2 mounts in a folder of the user: /media/_ldm. */
function isOfUser({ mountPoints }: UdisksMedium): boolean {
  return mountPoints.some((path) => dirname(path).endsWith(`/media/${userInfo().username}`));
}

function watchMedia(
  look: () => Promise<readonly UdisksMedium[]>,
  changed: (media: readonly Medium[]) => void,
  failed: (problem: string) => void,
): { stop(): void } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let devices: string | undefined;
  let looks = 0;
  let round = 0;
  const next = async (): Promise<void> => {
    const current = await readFile('/proc/partitions', 'utf8').catch(() => '');
    if (current !== devices) looks = looksAfterChange;
    devices = current;
    round += 1;
    if (looks > 0 || round % looksBetween === 0) {
      looks -= 1;
      try {
        const media = await look();
        if (!isStopped) changed(media);
      } catch (error) {
        if (!isStopped) failed(errorMessage(error));
      }
    }
    if (!isStopped) timer = setTimeout(() => void next(), lookMs);
  };
  void next();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** @returns busctl's JSON @throws with what D-Bus says */
async function call(args: readonly string[], timeoutMs = askMs): Promise<string> {
  // busctl's own limit is 25 s.
  const options = ['--system', '--json=short', `--timeout=${timeoutMs / 1_000}`, 'call', service];
  const { problem, stdout, stderr } = await runProgram('busctl', [...options, ...args], {
    children: 'bound',
    stdout: { maxBytes: maxAnswerBytes, part: 'all' },
    stderr: { maxBytes: 1_000, part: 'last' },
    timeoutMs: timeoutMs + 1_000,
  });
  if (problem !== undefined) throw new Error(`udisks2: ${stderr.trim() || problem}`);
  return stdout;
}
