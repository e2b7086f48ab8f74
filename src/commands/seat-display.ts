/**
 * `ldm-seat` starts `ldm` beside the X server. The name of the display comes through a pipe when X is ready; its file
 * descriptor is in LDM_SEAT_DISPLAY_FD. The pipe ends without a name where X does not start.
 */
import { Socket } from 'node:net';

const variable = 'LDM_SEAT_DISPLAY_FD';
/** A display of this machine, as `ldm-seat` names it. */
const line = /^(:\d{1,5})\n$/;
const maxLength = 8;

/**
 * Reads the display from the pipe. From then on it is in DISPLAY, for this process and those that it starts.
 * @returns undefined where `ldm` was not started beside X; otherwise whether a display has come
 */
export function awaitDisplay(environment: NodeJS.ProcessEnv): Promise<boolean> | undefined {
  const fd = environment[variable];
  if (fd === undefined) return undefined;
  delete environment[variable];
  return read(fd).then((text) => {
    const name = line.exec(text)?.[1];
    if (name !== undefined) environment.DISPLAY = name;
    return name !== undefined;
  });
}

async function read(fd: string): Promise<string> {
  let text = '';
  try {
    if (!/^\d{1,4}$/.test(fd)) return text;
    // A socket, because the end of the process would wait for a file that is being read.
    for await (const part of new Socket({ fd: Number(fd), readable: true, writable: false }).setEncoding('latin1')) {
      text += part;
      if (text.length >= maxLength || text.endsWith('\n')) break;
    }
  } catch {
    // As without a display.
  }
  return text;
}
