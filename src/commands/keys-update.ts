import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientRootError, findClientRoots, readRootKnownHosts } from '../image-keys/client-root.js';
import {
  type Contradiction,
  findContradictions,
  isRollOut,
  isRollOutFile,
  mergeLines,
  readBlockedFile,
} from '../image-keys/known-hosts-merge.js';
import { isKeyFileName, type KnownHostsLine, keyFilesIn, parseKnownHosts } from '../session/host-keys/known-hosts.js';
import { isMissing } from '../shared/errors.js';
import { exitCode } from './common/exit-codes.js';
import type { CommandIo } from './keys-scan.js';

export const defaultKeyDirectory = '/etc/ldm/known_hosts.d';

export interface UpdateOptions {
  /** Directory of key files; undefined means the default, which may be missing. */
  readonly directory: string | undefined;
  /** Directory of `ssh_known_hosts.*` files of the classic. */
  readonly classicDirectory: string;
  /** Client roots; undefined means all that are found in `rootBases`. */
  readonly roots: readonly string[] | undefined;
  readonly rootBases: readonly string[];
  readonly io: CommandIo;
}

/**
 * Merges all key files and writes the block of each root. An invalid line, or two lines that contradict each other, prevent
 * all writes, unless one line is the next key of a roll-out. A root that cannot be written does not affect the others.
 * @returns sysexits: 0, also when nothing changed; 64 no root; 65 a wrong line or a contradiction; 66 no keys;
 *   73 a root cannot be written, 74 the disk failed
 */
export async function updateKeys(options: UpdateOptions): Promise<number> {
  const { io } = options;
  const roots = options.roots ?? (await findClientRoots(options.rootBases));
  if (roots.length === 0) {
    io.err(`no client root in ${options.rootBases.join(' or ')}; name it with --root`);
    return exitCode.usage;
  }
  const lines = await readSources(options);
  if (typeof lines === 'number') return lines;
  const twoKeys = findContradictions(lines);
  const contradictions = twoKeys.filter((one) => !isRollOut(one));
  for (const one of contradictions) io.err(sentence(one));
  if (contradictions.length > 0) return exitCode.wrongData;
  reportRollOuts(twoKeys.filter(isRollOut), lines, io);
  const codes: number[] = [];
  for (const root of new Set(roots)) codes.push(await updateRoot(root, lines, io));
  return Math.max(...codes);
}

/** @returns the lines of all key files, or the exit code */
async function readSources(options: UpdateOptions): Promise<KnownHostsLine[] | number> {
  const { io } = options;
  const directory = options.directory ?? defaultKeyDirectory;
  const lines: KnownHostsLine[] = [];
  let code: number = exitCode.done;
  const failed = (path: string, error: NodeJS.ErrnoException): void => {
    io.err(`${path}: cannot be read (${error.code})`);
    code = exitCode.noInput;
  };
  const own = await keyFilesIn(directory).catch((error: NodeJS.ErrnoException) => {
    if (options.directory !== undefined || !isMissing(error)) failed(directory, error);
    return [];
  });
  const classic = await classicFiles(options.classicDirectory).catch((error: NodeJS.ErrnoException) => {
    if (!isMissing(error)) failed(options.classicDirectory, error);
    return [];
  });
  for (const file of [...own, ...classic]) {
    try {
      const parsed = parseKnownHosts(await readFile(file, 'latin1'), file);
      for (const line of parsed.lines) lines.push(line);
      for (const { line, problem } of parsed.problems) io.err(`${file}:${line}: ${problem}`);
      if (parsed.problems.length > 0) code ||= exitCode.wrongData;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failed(file, error);
    }
  }
  if (code === exitCode.done && lines.length === 0) {
    io.err(`no host keys in ${directory} or ${options.classicDirectory}/ssh_known_hosts.*; the roots are not changed`);
    return exitCode.noInput;
  }
  return code === exitCode.done ? lines : code;
}

async function classicFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('ssh_known_hosts.') && isKeyFileName(name));
  return names.map((name) => join(directory, name)).sort();
}

/** @returns the exit code for this root */
async function updateRoot(root: string, lines: readonly KnownHostsLine[], io: CommandIo): Promise<number> {
  try {
    const { path, text, write } = await readRootKnownHosts(root);
    const file = readBlockedFile(text);
    if (file.kind === 'damaged') {
      io.err(`${path}:${file.line}: ${file.problem}; fix the file by hand`);
      return exitCode.wrongData;
    }
    const byHand = parseKnownHosts(file.byHand, path);
    for (const { line, problem } of byHand.problems) io.err(`${path}:${line}: ${problem}; kept as it is`);
    const against = findContradictions([...lines, ...byHand.lines]).filter(
      (one) => one.first.file !== path && !isRollOut(one),
    );
    for (const one of against) io.err(sentence(one));
    if (against.length > 0) return exitCode.wrongData;
    const merged = mergeLines(lines);
    const updated = file.withBlock(merged);
    if (updated !== text) await write(updated);
    io.out(`${path}: ${updated === text ? 'unchanged' : 'written'}, lines: ${merged.length}`);
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : error.message;
    io.err(
      error instanceof ClientRootError ? error.message : `${root}: etc/ssh/ssh_known_hosts cannot be written (${code})`,
    );
    return /^(EIO|ENOSPC|EDQUOT|EFBIG)$/.test(code) ? exitCode.diskFailed : exitCode.cannotWrite;
  }
}

/** Reports roll-outs in every run, so that they are completed. */
function reportRollOuts(twoKeys: readonly Contradiction[], lines: readonly KnownHostsLine[], io: CommandIo): void {
  for (const { name, type, first, second } of twoKeys) {
    const { file } = isRollOutFile(first.file) ? first : second;
    io.out(`${name} has an old and a new ${type} key until ${file} is removed`);
  }
  const busy = new Set(twoKeys.flatMap(({ first, second }) => [first.file, second.file]));
  const files = new Set(lines.map(({ at }) => at.file).filter(isRollOutFile));
  for (const file of files) if (!busy.has(file)) io.out(`${file} holds no second key of any name; rename or remove it`);
}

function sentence({ name, type, first, second }: Contradiction): string {
  const at = ({ file, line }: Contradiction['first']): string => `${file}:${line}`;
  return `${name} has two ${type} keys: ${at(first)} and ${at(second)}; nothing is written until one of them is gone`;
}
