/**
 * What stands on the login screen, read from the accessibility bus inside the machine as a screen reader reads it. The
 * bus is one of the test's own, made of what at-spi2-core brings, and read-screen.mjs asks it. So nothing is installed
 * that could hide what ldm-greeter itself lacks.
 */
import { readFileSync } from 'node:fs';
import type { CleanRoot } from '../packages/support/clean-root.js';
import type { Guest } from './guest.js';
import { isObject, type Json } from './json-socket.js';

const reader = readFileSync(new URL('./read-screen.mjs', import.meta.url), 'utf8');
const readerPlace = '/usr/local/lib/test-read-screen.mjs';
const socket = '/run/test-screen/bus';
/** The reader's, inside the machine. */
const port = 4711;
const bus = `AT_SPI_BUS_ADDRESS=unix:path=${socket}`;

const files: Readonly<Record<string, string>> = {
  [readerPlace]: reader,
  '/etc/systemd/system/test-screen.service': `[Service]
User=_ldm
RuntimeDirectory=test-screen
ExecStart=/usr/bin/dbus-daemon --nofork --nopidfile --address=unix:path=${socket} \\
  --config-file=/usr/share/defaults/at-spi2/accessibility.conf
ExecStartPost=/bin/sh -c 'until [ -S ${socket} ]; do sleep 0.2; done'
`,
  '/etc/systemd/system/test-screen-registry.service': `[Unit]
Requires=test-screen.service
After=test-screen.service
[Service]
User=_ldm
Environment=${bus}
ExecStart=/usr/libexec/at-spi2-registryd
`,
  '/etc/systemd/system/test-screen-reader.service': `[Unit]
Requires=test-screen-registry.service
After=test-screen-registry.service
[Service]
User=_ldm
ExecStart=/usr/bin/node ${readerPlace} ${socket} ${port}
`,
  '/etc/systemd/system/ldm@.service.d/test-screen.conf': `[Unit]
Wants=test-screen-registry.service
After=test-screen-registry.service
[Service]
Environment=${bus}
`,
};

/** To be called before the disk of the client's root is made. */
export async function prepareScreenReader(root: CleanRoot): Promise<void> {
  for (const [path, text] of Object.entries(files)) await root.host.write(`${root.place}${path}`, text);
}

/** A widget that shows. */
export interface Widget {
  /** Number of its AtspiRole. */
  readonly role: number;
  readonly name: string;
  /** What stands in it, where text can be written or selected. */
  readonly text: string;
  readonly isFocused: boolean;
  readonly isSensitive: boolean;
}

/** Of AtspiRole (atspi-constants.h); the names of roles differ between releases. */
export const roles = { passwordText: 40, text: 61 } as const;

/** All that shows, of all windows on the screen that are on the bus; nothing while there is none. */
export async function readScreen(guest: Guest): Promise<readonly Widget[]> {
  const script = `systemctl start test-screen-reader
    exec timeout 200 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; exec cat <&3'`;
  const { stdout } = await guest.run(script);
  return stdout.split('\n').flatMap((line) => (line.startsWith('{') ? toWidget(JSON.parse(line) as Json) : []));
}

function toWidget(value: Json): Widget[] {
  if (!isObject(value)) return [];
  const { role, name, text, isFocused, isSensitive } = value;
  return [
    {
      role: Number(role),
      name: String(name),
      text: String(text),
      isFocused: isFocused === true,
      isSensitive: isSensitive === true,
    },
  ];
}

/** Everything that can be read, a line for each widget. */
export function words(widgets: readonly Widget[]): string {
  return widgets.flatMap(({ name, text }) => [name, text].filter((one) => one !== '')).join('\n');
}
