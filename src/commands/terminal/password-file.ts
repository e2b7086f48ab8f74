import { closeSync, openSync, readSync } from 'node:fs';
import { Secret } from '../../shared/secret.js';

const maxBytes = 64 * 1024;

/**
 * The first line of a file, without its line end. Spaces may be a part of a password.
 * @param file `-` for standard input
 */
export function readPasswordFile(file: string): Secret {
  const fd = file === '-' ? 0 : openSync(file, 'r');
  const buffer = Buffer.alloc(maxBytes);
  try {
    let length = 0;
    while (length < maxBytes) {
      const read = readSync(fd, buffer, length, maxBytes - length, null);
      if (read === 0) break;
      length += read;
    }
    const whole = buffer.subarray(0, length);
    const end = whole.indexOf('\n');
    const line = end < 0 ? whole : whole.subarray(0, whole[end - 1] === 0x0d ? end - 1 : end);
    return new Secret(line);
  } finally {
    buffer.fill(0);
    if (fd !== 0) closeSync(fd);
  }
}
