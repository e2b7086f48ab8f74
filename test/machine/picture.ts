/** What the machine's screen shows, as QEMU dumps it, and what the pixels alone tell. */
import { crc32, deflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Buffer;
}

/** @param file a PPM with 8 bits per color, which is what QEMU writes */
export function readPpm(file: Buffer): Picture {
  const [head = '', width = '', height = ''] = /^P6\n(\d+) (\d+)\n255\n/.exec(file.toString('latin1', 0, 40)) ?? [];
  const picture = { width: Number(width), height: Number(height), pixels: file.subarray(head.length) };
  if (head === '' || picture.pixels.length !== picture.width * picture.height * 3) {
    throw new RangeError('not a whole PPM with 8 bits per color');
  }
  return picture;
}

/** The picture as a PNG (RFC 2083). */
export function toPng({ width, height, pixels }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, red green blue
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) pixels.copy(rows, y * (1 + 3 * width) + 1, y * 3 * width, (y + 1) * 3 * width);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** How many pixels there are of each color. */
function colors({ pixels }: Picture): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  // Most pixels are like the one before: the machine that is looked at needs the processors.
  let color = -1;
  let alike = 0;
  const count = (): void => {
    if (alike > 0) counts.set(color, (counts.get(color) ?? 0) + alike);
  };
  for (let at = 0; at < pixels.length; at += 3) {
    const next = ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);
    if (next === color) {
      alike += 1;
      continue;
    }
    count();
    color = next;
    alike = 1;
  }
  count();
  return counts;
}

/**
 * - `black`: nothing at all, or next to nothing (a pointer, a cursor)
 * - `console`: mostly black, the rest the few colors of the kernel's text
 * - `drawn`: anything else
 */
export type Kind = 'black' | 'console' | 'drawn';

export function kindOf(picture: Picture): Kind {
  const counts = colors(picture);
  const all = picture.width * picture.height;
  const black = counts.get(0) ?? 0;
  if (all - black < all / 1_000) return 'black';
  // Letters without smooth edges: 16 colors at the most.
  return black > all / 2 && counts.size <= 16 ? 'console' : 'drawn';
}
