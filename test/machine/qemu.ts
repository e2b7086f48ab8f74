/** The client: a machine of QEMU with Debian's own kernel. It ends with the host that it was started on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../cluster/support/host.js';
import { type Outcome, run } from '../cluster/support/run.js';
import { deskWords, type Stick, stickOf } from './desk.js';
import { connectGuest, type Guest } from './guest.js';
import type { MachineImage } from './image.js';
import { keysFor } from './keys.js';
import { clientMac, tap } from './outlet.js';
import { type Picture, readPpm } from './picture.js';
import { connectMonitor, type Monitor } from './qmp.js';
import { pause } from './wait.js';

export interface Machine {
  readonly guest: Guest;
  readonly monitor: Monitor;
  /** What the kernel and systemd wrote to the serial line so far. */
  serial(): Promise<string>;
  /** @param screen the machine's own, or that of the second graphics card */
  picture(screen?: 'own' | 'second'): Promise<Picture>;
  /** Plugs a second graphics card in, with a screen of its own. */
  addGraphicsCard(): Promise<void>;
  /** The card leaves when the machine lets it go, at the latest when it restarts. */
  removeGraphicsCard(): Promise<void>;
  /** Types on the keyboard; a line end is the Return key. */
  type(text: string): Promise<void>;
  /** Presses keys together, by QEMU's names: `ctrl`, `alt`, `delete`. */
  press(...keys: readonly string[]): Promise<void>;
  /** The same, for as long as something takes that looks at the keyboard now and then. */
  hold(ms: number, ...keys: readonly string[]): Promise<void>;
  cable(state: 'in' | 'out'): Promise<void>;
  /** The file that QEMU keeps what came out of the sound card in. */
  readonly soundFile: string;
  /** @param file its medium, as the host sees it */
  stick(file: string): Stick;
  /** How QEMU has ended: the machine was shut down. */
  readonly ended: Promise<Outcome>;
  /** Pulls the plug. */
  stop(): Promise<void>;
}

export type Accelerator = 'kvm' | 'tcg';

/** /dev/kvm may be there and run no Debian kernel, as inside of other virtual machines: tried for ten seconds. */
export async function findAccelerator({ kernel, initrd }: MachineImage): Promise<Accelerator> {
  const words = ['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio', '-m', '512', '-cpu', 'host'];
  const start = ['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 panic=-1'];
  const tried = await run(['qemu-system-x86_64', '-accel', 'kvm', ...words, ...start], { timeoutMs: 10_000 });
  return /Run \/init as init process/.test(tried.stdout) ? 'kvm' : 'tcg';
}

/** Where its sockets are, as the host sees them. */
const folder = '/run/machine';
const secondCard = 'second';
/** A key is down so long. The kernel's own repetition begins after 250 ms at the earliest. */
const keyMs = 60;

/** @param host has an outlet for its cable */
export async function powerOn(host: Host, image: MachineImage, accelerator: Accelerator): Promise<Machine> {
  await host.sh(`mkdir -p ${folder}`);
  // One emulated processor: while Linux patches its own code, QEMU lets a second one run into it ("Oops: int3").
  const processor =
    accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host', '-smp', '2']
      : ['-accel', 'tcg', '-cpu', 'Nehalem', '-smp', '1'];
  const program = host.start(
    [
      'qemu-system-x86_64',
      ...['-nodefaults', '-display', 'none', '-no-user-config', ...processor, '-m', '1536'],
      ...['-kernel', image.kernel, '-initrd', image.initrd],
      ...['-append', 'root=/dev/vda rw console=tty0 console=ttyS0 quiet'],
      // What it writes is gone with it.
      ...['-drive', `file=${image.disk},format=raw,if=virtio,snapshot=on,cache=unsafe`],
      ...['-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=net,id=nic,mac=${clientMac},addr=3`],
      ...['-device', 'virtio-rng-pci', '-vga', 'std', '-device', 'virtio-serial-pci'],
      ...['-chardev', `socket,path=${folder}/agent,server=on,wait=off,id=agent`],
      ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
      ...['-qmp', `unix:${folder}/monitor,server=on,wait=off`, '-serial', `file:${folder}/serial`],
      ...deskWords(`${folder}/sound.wav`),
    ],
    { timeoutMs: 3_600_000 },
  );
  const outside = (name: string): string => join(`/proc/${host.pid}/root`, folder, name);
  const monitor = await connectMonitor(outside('monitor')).catch(async (error: unknown) => {
    program.signal('SIGKILL');
    throw new Error(`QEMU does not start: ${(await program.done).stderr}`, { cause: error });
  });
  const guest = await connectGuest(outside('agent'));
  const hold = async (ms: number, ...keys: readonly string[]): Promise<void> => {
    const events = (down: boolean) =>
      (down ? keys : [...keys].reverse()).map((key) => ({
        type: 'key',
        data: { down, key: { type: 'qcode', data: key } },
      }));
    await monitor.command('input-send-event', { events: events(true) });
    await pause(ms);
    await monitor.command('input-send-event', { events: events(false) });
    await pause(keyMs);
  };
  const press = (...keys: readonly string[]): Promise<void> => hold(keyMs, ...keys);
  return {
    guest,
    monitor,
    ended: program.done,
    serial: () => readFile(outside('serial'), 'utf8'),
    async picture(screen = 'own') {
      const device = screen === 'second' ? { device: secondCard } : {};
      await monitor.command('screendump', { filename: `${folder}/screen.ppm`, ...device });
      return readPpm(await readFile(outside('screen.ppm')));
    },
    async addGraphicsCard() {
      await monitor.command('device_add', { driver: 'bochs-display', id: secondCard });
    },
    async removeGraphicsCard() {
      await monitor.command('device_del', { id: secondCard });
    },
    async type(text) {
      for (const character of text) await press(...keysFor(character));
    },
    press,
    hold,
    async cable(state) {
      await monitor.command('set_link', { name: 'nic', up: state === 'in' });
    },
    soundFile: outside('sound.wav'),
    stick: (file) => stickOf(monitor, file),
    async stop() {
      guest.close();
      monitor.close();
      program.signal('SIGKILL');
      await program.done;
    },
  };
}
