/** Messages of RFC 4250 to 4254, each about as it should be, so that it gets past the first look. */

const sizes = [0, 0, 0, 1, 1, 2, 3, 255, 1_023, 32_768, 0x7fffffff, 0x80000000, 0xffffffff] as const;
const names = [
  'session',
  'x11',
  'forwarded-tcpip',
  'auth-agent@openssh.com',
  'keepalive@openssh.com',
  'hostkeys-00@openssh.com',
  'hostkeys-prove-00@openssh.com',
  'exit-status',
  'exit-signal',
  'eow@openssh.com',
  'server-sig-algs',
  'ssh-userauth',
  'ssh-connection',
  'password',
  'publickey,password,keyboard-interactive',
  '',
  'none',
  ',,,',
  '\0\r\n',
] as const;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([u32(content.length), content]);
}

function text(draw: Draw): Buffer {
  return draw.chance(0.7) ? string(draw.of(names)) : string(Buffer.alloc(draw.of([0, 5, 500, 5_000, 30_000]), 'y'));
}

const bool = (draw: Draw): Buffer => Buffer.from([draw.of([0, 1, 1, 255])]);
const number = (draw: Draw): Buffer => u32(draw.of([0, 0, 0, 1, ...sizes]));

/** The fields of a message, by its number. */
const fields: Readonly<Record<number, (draw: Draw) => readonly Buffer[]>> = {
  1: (d) => [number(d), text(d), text(d)],
  2: (d) => [text(d)],
  3: (d) => [number(d)],
  4: (d) => [bool(d), text(d), text(d)],
  6: (d) => [text(d)],
  7: (d) => [number(d), text(d), text(d), text(d), text(d)],
  20: (d) => [d.bytes(16), ...Array.from({ length: 10 }, () => text(d)), bool(d), number(d)],
  21: () => [],
  31: (d) => [text(d), text(d), text(d)],
  33: (d) => [text(d), text(d), text(d)],
  51: (d) => [text(d), bool(d)],
  52: () => [],
  53: (d) => [text(d), text(d)],
  60: (d) => [text(d), text(d), text(d), number(d), text(d), bool(d), text(d), bool(d)],
  80: (d) => [text(d), bool(d), text(d), number(d)],
  81: (d) => [number(d)],
  82: () => [],
  90: (d) => [text(d), number(d), number(d), number(d), text(d), number(d), text(d), number(d)],
  91: (d) => [number(d), number(d), number(d), number(d)],
  92: (d) => [number(d), number(d), text(d), text(d)],
  93: (d) => [number(d), number(d)],
  94: (d) => [number(d), text(d)],
  95: (d) => [number(d), number(d), text(d)],
  96: (d) => [number(d)],
  97: (d) => [number(d)],
  98: (d) => [number(d), text(d), bool(d), number(d), text(d)],
  99: (d) => [number(d)],
  100: (d) => [number(d)],
};
const known = Object.keys(fields).map(Number);

import type { Draw } from './draw.js';
export function drawMessage(draw: Draw): Buffer {
  // Data in the size that a channel takes, for floods of it.
  if (draw.chance(0.08)) return Buffer.concat([Buffer.from([94]), u32(0), string(Buffer.alloc(32_768, 'd'))]);
  if (draw.chance(0.08)) return Buffer.concat([Buffer.from([95]), u32(0), u32(1), string(Buffer.alloc(32_768, 'd'))]);
  const type = draw.chance(0.9) ? draw.of(known) : draw.below(256);
  const body = fields[type]?.(draw) ?? [draw.bytes(draw.of([0, 1, 30, 300]))];
  const whole = Buffer.concat([Buffer.from([type]), ...body]);
  return draw.chance(0.15) ? whole.subarray(0, 1 + draw.below(whole.length)) : whole;
}

/** Numbers that break what counts with them. */
export const extremes: readonly number[] = sizes;
