/** The real Xorg, with a driver that draws into memory and has sixteen outputs. xrandr adds and removes monitors. */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Size } from './size.js';
import { addMode } from './xrandr.js';

const run = promisify(execFile);

/** Has the environment of the display. */
interface OnDisplay {
  readonly env: Readonly<Record<string, string>>;
}

/** A text about what this machine lacks for it; undefined where nothing is missing. */
export const missingForXorg: string | undefined = existsSync('/usr/lib/xorg/modules/drivers/dummy_drv.so')
  ? undefined
  : 'needs the packages xserver-xorg-core, xserver-xorg-video-dummy';

/** @returns program and arguments. @param folder for its files */
export function xorg({ width, height }: Size, folder: string): [string, string[]] {
  const config = join(folder, 'xorg.conf');
  const sections = {
    ServerFlags: 'Option "AutoAddDevices" "false"\nOption "AutoEnableDevices" "false"\nOption "DontVTSwitch" "true"',
    Device: 'Identifier "memory"\nDriver "dummy"\nVideoRam 128000',
    Monitor: 'Identifier "first"\nHorizSync 5-1000\nVertRefresh 5-200',
    Screen:
      'Identifier "all"\nDevice "memory"\nMonitor "first"\nDefaultDepth 24\n' +
      `SubSection "Display"\nDepth 24\nModes "${width}x${height}"\nVirtual 4096 2160\nEndSubSection`,
  };
  writeFileSync(
    config,
    Object.entries(sections)
      .map(([name, lines]) => `Section "${name}"\n${lines}\nEndSection\n`)
      .join(''),
  );
  return ['Xorg', ['-config', config, '-logfile', join(folder, 'xorg.log'), '-novtswitch', '-sharevts']];
}

export interface Monitor {
  /** 0 is there from the start. */
  readonly output: number;
  readonly size: Size;
  readonly at: { readonly x: number; readonly y: number };
  readonly primary?: true;
}

/** Plugs a monitor in, or changes its size or place. */
export async function plug({ env }: OnDisplay, { output, size, at, primary }: Monitor): Promise<void> {
  const mode = await addMode(env, `DUMMY${output}`, size);
  const place = ['--output', `DUMMY${output}`, '--mode', mode, '--pos', `${at.x}x${at.y}`];
  await run('xrandr', [...place, ...(primary ? ['--primary'] : [])], { env });
  await detect(env);
}

/** Moves the remaining monitor to the corner of the screen. */
export async function unplug({ env }: OnDisplay, output: number): Promise<void> {
  await run('xrandr', ['--output', `DUMMY${output}`, '--off'], { env });
  await detect(env);
}

/** Queries the driver, which looks at its outputs at no other time. A real driver notices a plug itself. */
async function detect(env: OnDisplay['env']): Promise<void> {
  await run('xrandr', ['--query'], { env });
}
