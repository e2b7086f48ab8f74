import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { errorCode, errorMessage } from '../../shared/errors.js';
import type { SettingsProblem } from '../problem.js';
import type { FileText } from './lts-conf.js';
import type { IsVariable } from './lts-conf-line.js';

/** More than 10,000 clients with one section each need. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Reads the text of an lts.conf file. Never throws and never blocks: a file without text gives an empty one and a problem.
 */
export function readConfigFile(file: string, isVariable: IsVariable): FileText {
  const problem = (text: string, line = 0): SettingsProblem => ({
    code: 'unusable-file',
    severity: 'warning',
    origin: { file, line },
    text,
  });
  let bytes: Buffer;
  let id = file;
  try {
    id = realpathSync(file);
    bytes = readStart(file);
  } catch (error) {
    const why = errorCode(error) ?? errorMessage(error);
    const failed = `the file cannot be read (${why})`;
    return { id, text: '', problems: [problem(failed)], unreadable: [], failed };
  }
  const problems: SettingsProblem[] = [];
  if (bytes.length > maxBytes) {
    bytes = bytes.subarray(0, bytes.lastIndexOf(0x0a, maxBytes - 1) + 1);
    problems.push(problem(`the file is larger than ${maxBytes / 1024 / 1024} MiB; the rest of it is not read`));
  }
  const text = decode(bytes);
  if (text === undefined) {
    const names = new Set(bytes.toString('latin1').match(/[A-Z][A-Z0-9_]{2,60}/g));
    problems.push(problem('the file is not a text file; nothing in it is used'));
    return { id, text: '', problems, unreadable: [...names].filter(isVariable) };
  }
  if (typeof text === 'string') return { id, text, problems, unreadable: [] };
  problems.push(problem('the line is not UTF-8; it is read as ISO 8859-1', text.firstLine));
  return { id, text: text.text, problems, unreadable: [] };
}

function readStart(file: string): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new Error('it is a directory');
    // A socket cannot be opened.
    if (stats.isFIFO()) throw new Error('it is not a file');
    const chunks: Buffer[] = [];
    for (let left = maxBytes + 1; left > 0; ) {
      const chunk = Buffer.alloc(Math.min(left, 64 * 1024));
      const length = readSync(descriptor, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      left -= length;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(descriptor);
  }
}

interface Latin1Text {
  readonly text: string;
  /** The first line that is not UTF-8 and not a comment. */
  readonly firstLine: number;
}

/** @returns undefined for a file that is not text */
function decode(bytes: Buffer): string | Latin1Text | undefined {
  // The encoding that Notepad calls Unicode.
  const isBigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (isBigEndian || (bytes[0] === 0xff && bytes[1] === 0xfe)) {
    const pairs = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)));
    return (isBigEndian ? pairs.swap16() : pairs).toString('utf16le');
  }
  if (bytes.includes(0)) return undefined;
  const strict = new TextDecoder('utf-8', { fatal: true });
  try {
    return strict.decode(bytes);
  } catch {
    return decodeLines(bytes, strict);
  }
}

/** Old files have letters in ISO 8859-1, mostly in comments. */
function decodeLines(bytes: Buffer, strict: InstanceType<typeof TextDecoder>): string | Latin1Text {
  let firstLine = 0;
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line, index) => {
      try {
        return strict.decode(Buffer.from(line, 'latin1'));
      } catch {
        if (firstLine === 0 && !/^\s*[#;]/.test(line)) firstLine = index + 1;
        return line;
      }
    });
  const text = lines.join('\n');
  return firstLine === 0 ? text : { text, firstLine };
}
