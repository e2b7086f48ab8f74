/** A picture of a screen as xwd writes it (XWDFile.h, version 7): a header of 32-bit numbers, colors, pixels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Rows of pixels, with padding at the end of each row. */
  readonly pixels: Buffer;
  readonly bytesPerPixel: number;
  readonly bytesPerRow: number;
}

/** Indexes of the numbers in the header. */
const field = {
  headerSize: 0,
  version: 1,
  width: 4,
  height: 5,
  bitsPerPixel: 11,
  bytesPerLine: 12,
  colors: 19,
} as const;
const fields = 25;
const bytesPerColor = 12;

/** @throws {RangeError} for anything else than such a picture */
export function readPicture(file: Buffer): Picture {
  if (file.length < 4 * fields) throw new RangeError(`invalid picture: only ${file.length} bytes`);
  const number = (index: number): number => file.readUInt32BE(4 * index);
  if (number(field.version) !== 7) throw new RangeError('invalid picture: not version 7 of xwd');
  const [width, height] = [number(field.width), number(field.height)];
  const bytesPerPixel = number(field.bitsPerPixel) / 8;
  const bytesPerRow = number(field.bytesPerLine);
  const start = number(field.headerSize) + number(field.colors) * bytesPerColor;
  const pixels = file.subarray(start, start + height * bytesPerRow);
  if (pixels.length < height * bytesPerRow || width * bytesPerPixel > bytesPerRow || !Number.isInteger(bytesPerPixel)) {
    throw new RangeError('invalid picture: truncated');
  }
  return { width, height, pixels, bytesPerPixel, bytesPerRow };
}

/** @returns the share of pixels that differ, 0-1; 1 for pictures of different sizes */
export function difference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height || a.bytesPerRow !== b.bytesPerRow) return 1;
  return a.pixels.equals(b.pixels)
    ? 0
    : countPixels(a, (at, end) => a.pixels.compare(b.pixels, at, end, at, end) !== 0);
}

/** @returns whether all pixels are equal, as in an empty window */
export function isBlank(picture: Picture): boolean {
  const { pixels, bytesPerPixel } = picture;
  return countPixels(picture, (at, end) => pixels.compare(pixels, 0, bytesPerPixel, at, end) !== 0) === 0;
}

/** @returns the share of pixels that match, 0-1 */
function countPixels(picture: Picture, matches: (at: number, end: number) => boolean): number {
  const { width, height, bytesPerPixel, bytesPerRow } = picture;
  let count = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * bytesPerRow + x * bytesPerPixel;
      if (matches(at, at + bytesPerPixel)) count += 1;
    }
  }
  return count / (width * height);
}
