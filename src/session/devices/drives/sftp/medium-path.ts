import { SftpError, status } from './protocol.js';

const maxPathBytes = 4_096;
const maxDepth = 128;
const slash = '/'.charCodeAt(0);

/**
 * The names that lead from the medium's root to a file; none for the root itself. Every path starts at the root, whether
 * it begins with a slash or not.
 * @throws {SftpError} for `..`, and for what no file can be called
 */
export function namesIn(path: Buffer): Buffer[] {
  if (path.length > maxPathBytes) throw refused('the path is too long');
  if (path.includes(0)) throw refused('a NUL in the path');
  const names = split(path).filter((name) => name.length > 0 && !isDot(name));
  if (names.length > maxDepth) throw refused('the path is too deep');
  if (names.some((name) => name.toString('latin1') === '..')) throw refused('".." in the path');
  return names;
}

function split(path: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = path.indexOf(slash); end !== -1; end = path.indexOf(slash, start)) {
    parts.push(path.subarray(start, end));
    start = end + 1;
  }
  parts.push(path.subarray(start));
  return parts;
}

function isDot(name: Buffer): boolean {
  return name.length === 1 && name[0] === '.'.charCodeAt(0);
}

function refused(why: string): SftpError {
  return new SftpError(status.permissionDenied, why);
}
