import { closeSync, openSync, readSync } from 'node:fs';
import { Secret } from '../../shared/secret.js';

const mostBytes = 64 * 1024;

/**
 * The first line of a file, without the line end that an editor leaves; blanks may well be a part of a password.
 * @param file `-` for standard input
 */
export function readPasswordFile(file: string): Secret {
  const fd = file === '-' ? 0 : openSync(file, 'r');
  const buffer = Buffer.alloc(mostBytes);
  try {
    let length = 0;
    while (length < mostBytes) {
      const read = readSync(fd, buffer, length, mostBytes - length, null);
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
