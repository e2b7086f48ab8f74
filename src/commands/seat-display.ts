/**
 * `ldm-seat` starts `ldm` beside the X server. The name of the display comes through a pipe when X is ready; its file
 * descriptor is in LDM_SEAT_DISPLAY_FD. The pipe ends without a name where X does not start.
 */
import { closeSync, readSync } from 'node:fs';

const variable = 'LDM_SEAT_DISPLAY_FD';
/** A display of this machine, as `ldm-seat` names it. */
const line = /^(:\d{1,5})\n$/;
const maxLength = 8;

/** Whether a display comes through a pipe. */
export function expectsDisplay(environment: NodeJS.ProcessEnv): boolean {
  return environment[variable] !== undefined;
}

/**
 * Waits for the display, and blocks meanwhile: X and the greeter need the processor. From then on it is in DISPLAY, for this
 * process and those that it starts.
 * @returns undefined where no display is expected; otherwise whether one has come
 */
export function receiveDisplay(environment: NodeJS.ProcessEnv): boolean | undefined {
  const fd = environment[variable];
  if (fd === undefined) return undefined;
  delete environment[variable];
  const name = line.exec(/^\d{1,4}$/.test(fd) ? readLine(Number(fd)) : '')?.[1];
  if (name !== undefined) environment.DISPLAY = name;
  return name !== undefined;
}

function readLine(fd: number): string {
  const buffer = Buffer.alloc(maxLength);
  let length = 0;
  try {
    while (length < maxLength && buffer[length - 1] !== 0x0a) {
      const read = readSync(fd, buffer, length, maxLength - length, null);
      if (read === 0) break;
      length += read;
    }
    closeSync(fd);
  } catch {
    // As without a display.
  }
  return buffer.toString('latin1', 0, length);
}
