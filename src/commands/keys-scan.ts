import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostScan, type ScanDependencies, sameKeys, scanHost } from '../image-keys/key-scan.js';
import { certificateTime, parseCertificate } from '../session/host-keys/host-certificate.js';
import {
  fingerprint,
  formatKnownHostsLine,
  isKeyFileName,
  keyType,
  parseKnownHosts,
} from '../session/host-keys/known-hosts.js';
import { errorCode, isMissing } from '../shared/errors.js';
import { writeAtomically } from '../shared/files/atomic-file.js';
import { cleanLine } from '../shared/plain-text.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { exitCode } from './common/exit-codes.js';

/** The output of a command; each call writes one line. */
export interface CommandIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

export interface ScanOptions {
  /** The directory of the files; undefined prints the lines instead. */
  readonly directory: string | undefined;
  /** What to do with a file whose keys differ from those of the server. */
  readonly overOtherKeys: 'refuse' | 'replace';
  readonly dependencies: ScanDependencies;
  readonly io: CommandIo;
}

type Scanned = Extract<HostScan, { kind: 'scanned' }>;

/** In the order of severity. A run ends with the most severe code. */
const bySeverity = [exitCode.done, exitCode.noServer, exitCode.wrongData, exitCode.cannotWrite] as const;
type ScanExit = (typeof bySeverity)[number];

/**
 * Scans all servers in parallel, then prints or writes in the given order. A failed server does not affect the others.
 * @returns 0, or 69 a server gave no keys, 65 a file holds other keys, 73 a file cannot be written
 */
export async function scanKeys(servers: readonly ServerAddress[], options: ScanOptions): Promise<number> {
  const { directory, io } = options;
  const scans = await Promise.all(
    servers.map(async (server) => ({ server, scan: await scanHost(server, options.dependencies) })),
  );
  const codes: ScanExit[] = [];
  for (const { server, scan } of scans) {
    if (scan.kind === 'failed') {
      io.err(`${server.name}: ${scan.reason}`);
      codes.push(exitCode.noServer);
      continue;
    }
    for (const address of scan.silent) io.err(`${server.name}: left out, ${address}`);
    if (directory === undefined) {
      for (const line of knownHostsText(scan)) io.out(line);
      for (const line of scan.certificates.map(certificateText)) io.out(`# ${scan.names[0]} ${line}`);
    } else codes.push(await keep(server, scan, directory, options));
  }
  return bySeverity.findLast((code) => codes.includes(code)) ?? exitCode.done;
}

/** known_hosts lines, each after a comment with its fingerprint. */
function knownHostsText({ names, keys }: Scanned): string[] {
  return keys.flatMap((key) => [`# ${names[0]} ${keyType(key)} ${fingerprint(key)}`, formatKnownHostsLine(names, key)]);
}

/** A certificate as text. It is not verified: only a client that knows the authority can do that. */
function certificateText(bytes: Buffer): string {
  const certificate = parseCertificate(bytes);
  if (certificate === undefined) return `${keyType(bytes)} (damaged)`;
  const { key, id, authority, principals, validAfter, validBefore } = certificate;
  const names = principals.length > 0 ? principals.map(cleanLine).join(',') : 'no host';
  const [from, until] = [certificateTime(validAfter), certificateTime(validBefore)];
  return `${keyType(bytes)} ${fingerprint(key)} "${cleanLine(id)}" for ${names} from ${from} until ${until}, signed by ${fingerprint(authority)}`;
}

/** The file name of a server: its name, with the port if it is not 22, or if the name alone would be ignored. */
function fileName(server: ServerAddress): string {
  const [host = '', port = ''] = serverKey(server).split(' ');
  return port === '22' && isKeyFileName(host) ? host : `${host}:${port}`;
}

async function keep(server: ServerAddress, scan: Scanned, directory: string, options: ScanOptions): Promise<ScanExit> {
  const { io, overOtherKeys } = options;
  const path = join(directory, fileName(server));
  const text = [
    '# Written by "ldm keys scan". Compare with what this prints on the server itself:',
    '#   for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$key"; done',
    ...knownHostsText(scan),
    '',
  ].join('\n');
  try {
    const old = await readFile(path, 'latin1').catch(emptyIfMissing);
    const { lines, problems } = parseKnownHosts(old, path);
    const oldKeys = lines
      .map(({ key }) => key)
      .filter((key, at, all) => all.findIndex((one) => one.equals(key)) === at);
    const trusted = old === '' || (problems.length === 0 && sameKeys(oldKeys, scan.keys));
    if (!trusted && overOtherKeys === 'refuse') {
      io.err(`${server.name}: ${path} holds other keys and is kept; --replace writes over it`);
      for (const { type, key, at } of lines) io.err(`  line ${at.line}: ${type} ${fingerprint(key)}`);
      for (const { line, problem } of problems) io.err(`  line ${line}: ${problem}`);
      for (const key of scan.keys) io.err(`  shown now: ${keyType(key)} ${fingerprint(key)}`);
      return exitCode.wrongData;
    }
    if (old !== text) {
      await mkdir(directory, { recursive: true, mode: 0o755 });
      // Public keys, which every user's ssh may read.
      writeAtomically(path, text, { mode: 0o644, isFlushed: true });
    }
    io.out(`${path}: ${old === text ? 'unchanged' : 'written'}`);
    for (const key of scan.keys) io.out(`  ${keyType(key)} ${fingerprint(key)}`);
    for (const line of scan.certificates.map(certificateText)) io.out(`  ${line}`);
    return exitCode.done;
  } catch (error) {
    io.err(`${server.name}: ${path} cannot be written (${errorCode(error) ?? error})`);
    return exitCode.cannotWrite;
  }
}

function emptyIfMissing(error: unknown): string {
  if (isMissing(error)) return '';
  throw error;
}
