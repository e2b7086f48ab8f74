/** What is on the client's desk: a loudspeaker, a printer, and a USB stick. */
import { readFile } from 'node:fs/promises';
import type { Host } from '../cluster/support/host.js';
import { levelOf, sampleRate } from '../cluster/support/tone.js';
import type { Guest } from './guest.js';
import type { Monitor } from './qmp.js';
import { eventually } from './wait.js';

/** Words for QEMU: a sound card whose output is kept in a file, and USB. */
export function deskWords(soundFile: string): string[] {
  const audio = `wav,id=sound,path=${soundFile},out.frequency=${sampleRate},out.channels=1,out.format=s16`;
  return [
    ...['-audiodev', audio, '-device', 'intel-hda', '-device', 'hda-output,audiodev=sound'],
    ...['-device', 'qemu-xhci,id=usb'],
  ];
}

/** How much of what came out of the loudspeaker is one tone. */
export interface Heard {
  /** Tenths of a second in which anything was heard. */
  readonly loud: number;
  /** Those of them in which at least half of the power was the tone. An emulated processor leaves gaps in it. */
  readonly tone: number;
}

const wavHeadBytes = 44;

/** @param file as QEMU has written it so far */
export async function heard(file: string, hertz: number): Promise<Heard> {
  const samples = (await readFile(file)).subarray(wavHeadBytes);
  const bytes = (sampleRate / 10) * 2;
  const result = { loud: 0, tone: 0 };
  for (let at = 0; at + bytes <= samples.length; at += bytes) {
    const tenth = samples.subarray(at, at + bytes);
    const power = powerOf(tenth);
    if (power < 1e-4) continue;
    result.loud += 1;
    // A sine of this peak has half the power of its square.
    if (levelOf(hertz, tenth) ** 2 / 2 > power / 2) result.tone += 1;
  }
  return result;
}

/** Mean square; 1 is the loudest that there is. */
function powerOf(samples: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < samples.length; at += 2) sum += (samples.readInt16LE(at) / 32_767) ** 2;
  return sum / (samples.length / 2);
}

const printed = '/var/tmp/test-printed';

/** A printer that answers to IPP, as one at a USB port does, with a queue `desk` in the client's CUPS. */
export async function plugPrinter(guest: Guest): Promise<void> {
  await guest.sh(`
    mkdir -p ${printed}; chmod 777 ${printed}
    systemd-run --quiet --unit=test-printer ippeveprinter -r off -k -d ${printed} -f text/plain,application/octet-stream \\
      -p 8631 Desk
    systemctl start cups`);
  await eventually('the printer', 120, async () => (await guest.run('ss -Hltn | grep -q :8631')).code === 0);
  await guest.sh('lpadmin -p desk -E -v ipp://localhost:8631/ipp/print -m raw');
}

export function printedPages({ sh }: Guest): Promise<string> {
  return sh(`cat ${printed}/* 2>/dev/null || true`);
}

export async function unplugPrinter({ sh }: Guest): Promise<void> {
  await sh(`systemctl stop test-printer; rm -r ${printed}`);
}

/** A USB stick of QEMU's. */
export interface Stick {
  plug(): Promise<void>;
  pull(): Promise<void>;
}

/** @param file holds its medium, as the host sees it */
export function stickOf(monitor: Monitor, file: string): Stick {
  return {
    async plug() {
      await monitor.command('blockdev-add', {
        'node-name': 'medium',
        driver: 'raw',
        file: { driver: 'file', filename: file },
      });
      await monitor.command('device_add', {
        driver: 'usb-storage',
        id: 'stick',
        drive: 'medium',
        removable: true,
        bus: 'usb.0',
      });
    },
    async pull() {
      const before = monitor.events('DEVICE_DELETED');
      await monitor.command('device_del', { id: 'stick' });
      await eventually('the stick is out', 60, async () => monitor.events('DEVICE_DELETED') > before);
      await monitor.command('blockdev-del', { 'node-name': 'medium' });
    },
  };
}

/** Formats the medium of a stick with FAT, as sticks are sold. */
export async function makeMedium(host: Host, file: string, label: string): Promise<void> {
  await host.sh(`truncate --size=64M ${file}; mkfs.vfat -n ${label} ${file}`);
}

/** A file on a medium that is in no machine. Not every kernel has FAT. */
export function readMedium(host: Host, medium: string, name: string): Promise<string> {
  return host.sh(`mtype -i ${medium} ::${name}`);
}

/** TCP ports that somebody listens at, as another machine of the network finds them. @param from has Node */
export async function openPorts(from: { sh(script: string): Promise<string> }, address: string): Promise<number[]> {
  const scan = `
    const { connect } = require("node:net");
    const open = [];
    let next = 1;
    const one = () => new Promise((resolve) => {
      const port = next++;
      const socket = connect({ host: "${address}", port, timeout: 20_000 });
      socket.on("connect", () => { open.push(port); socket.destroy(); });
      socket.on("timeout", () => { open.push(-port); socket.destroy(); });
      socket.on("error", () => {}).on("close", resolve);
    });
    const worker = async () => { while (next <= 65535) await one(); };
    Promise.all(Array.from({ length: 100 }, worker)).then(() => console.log(JSON.stringify(open)));`;
  return JSON.parse(await from.sh(`node -e '${scan}'`));
}
