import type { Log } from '../../shared/log/log.js';
import { openX11, type X11Client } from './client.js';
import type { X11Display } from './display-name.js';
import type { X11Cookie } from './xauthority.js';

/** Requests of the core protocol (section 9), and of the DPMS extension ("X Display Power Management Signaling"). */
const core = { setScreenSaver: 107, getScreenSaver: 108 };
const dpms = { capable: 1, getTimeouts: 2, setTimeouts: 3, enable: 4 };
const preferBlanking = 1;
const allowExposures = 1;

export interface ScreenRestOptions {
  readonly display: X11Display;
  readonly cookie: X11Cookie | undefined;
  /** 0: the screen never goes dark. */
  readonly minutes: number;
  readonly log: Log;
}

/**
 * Lets the X server turn the screen dark after a while without input: it blanks the picture, and turns the monitor off
 * where it can (DPMS). The X server itself watches for input, and any input makes the screen light again.
 * @param changed called when the screen goes dark, and when it is light again; never where the X server does not tell
 * @returns ends that: the X server has its own times again
 */
export function restScreen(
  { display, cookie, minutes, log }: ScreenRestOptions,
  changed: (screen: 'dark' | 'light') => void,
): () => void {
  let stop = (): void => {};
  let isStopped = false;
  const begin = async (): Promise<void> => {
    const client = await openX11(display, cookie, () => {});
    try {
      const restore = await setTimes(client, minutes * 60);
      if (isStopped) return restore();
      stop = restore;
      await client.watchScreenSaver(changed);
    } catch (error) {
      client.close();
      throw error;
    }
  };
  begin().catch((error: unknown) => log.warn('screen-rest-failed', { problem: String(error) }));
  return () => {
    isStopped = true;
    stop();
    stop = () => {};
  };
}

/** @returns gives the X server its own times again, and closes the connection */
async function setTimes(client: X11Client, seconds: number): Promise<() => void> {
  const saver = await client.ask(request(core.getScreenSaver, 0, []));
  const [timeout, interval] = [saver.readUInt16LE(8), saver.readUInt16LE(10)];
  const [blanking, exposures] = [saver.readUInt8(12), saver.readUInt8(13)];
  const setSaver = (own: number, every: number, flags: number): void =>
    client.send(request(core.setScreenSaver, 0, [own, every, flags, 0]));
  const power = await client.extension('DPMS');
  const canPower =
    power !== undefined && (await client.ask(request(power.opcode, dpms.capable, []))).readUInt8(8) !== 0;
  let restorePower = (): void => {};
  if (power !== undefined && canPower) {
    const times = await client.ask(request(power.opcode, dpms.getTimeouts, []));
    const setPower = (standby: number, suspend: number, off: number): void =>
      client.send(request(power.opcode, dpms.setTimeouts, [standby, suspend, off, 0]));
    setPower(seconds, seconds, seconds);
    client.send(request(power.opcode, dpms.enable, []));
    restorePower = () => setPower(times.readUInt16LE(8), times.readUInt16LE(10), times.readUInt16LE(12));
  }
  setSaver(seconds, 0, preferBlanking | (allowExposures << 8));
  return () => {
    restorePower();
    setSaver(timeout, interval, blanking | (exposures << 8));
    // Its answer tells that all of it was carried out.
    client
      .ask(request(core.getScreenSaver, 0, []))
      .catch(() => {})
      .finally(() => client.close());
  };
}

/** @param words of 16 bits */
function request(opcode: number, minor: number, words: readonly number[]): Buffer {
  const packet = Buffer.alloc(4 + 2 * words.length);
  packet.writeUInt8(opcode, 0);
  packet.writeUInt8(minor, 1);
  packet.writeUInt16LE(packet.length / 4, 2);
  for (const [index, word] of words.entries()) packet.writeUInt16LE(word & 0xffff, 4 + 2 * index);
  return packet;
}
