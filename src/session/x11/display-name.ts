import { isIP } from 'node:net';

/** An X display that a client can connect to. */
export interface X11Display {
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly number: number;
  readonly screen: number;
}

/** The X11 protocol's TCP port of display 0. */
const firstPort = 6_000;
const maxNumber = 65_535 - firstPort;

/**
 * Reads a display's name as Xlib and XCB do: `:0`, `:0.1`, `unix:3`, `unix/any:3`, `host:2`, `tcp/host:2`, `[::1]:0`,
 * or the path of a socket.
 * @returns undefined for anything else
 */
export function parseDisplay(text: string): X11Display | undefined {
  const path = /^(?:unix:)?(\/[^\0]+)$/.exec(text)?.[1];
  if (path !== undefined) return { socket: { path }, number: 0, screen: 0 };
  const match = /^(?:(unix|local|tcp|inet6?)\/)?([^/\s]*):(\d{1,5})(?:\.(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const [, protocol, hostText = '', numberText, screenText = ''] = match;
  const number = Number(numberText);
  const screen = Number(screenText);
  if (number > maxNumber || screen > 65_535) return undefined;
  const isLocal =
    protocol === undefined ? hostText === '' || hostText === 'unix' : protocol === 'unix' || protocol === 'local';
  if (isLocal) return { socket: { path: `/tmp/.X11-unix/X${number}` }, number, screen };
  const host = /^\[(.+)\]$/.exec(hostText)?.[1] ?? hostText;
  // What still has a colon and is not an IPv6 address is DECnet's `host::0`, or a mistake.
  if (host.includes(':') && isIP(host) !== 6) return undefined;
  return { socket: { host: host === '' ? 'localhost' : host, port: firstPort + number }, number, screen };
}
