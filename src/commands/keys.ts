import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../settings/server-address.js';
import { CommandError, exitCode } from './exit-codes.js';
import { scanKeys } from './keys-scan.js';
import { defaultKeyDirectory, updateKeys } from './keys-update.js';

const io = {
  out: (line: string): void => void process.stdout.write(`${line}\n`),
  err: (line: string): void => void process.stderr.write(`ldm keys: ${line}\n`),
};

/** Adds `ldm keys scan` and `ldm keys update`. Their exit codes go to `process.exitCode`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description("gather the servers' host keys and put them into the client images");

  keys
    .command('scan')
    .description('ask servers for their host keys, in known_hosts form with fingerprints')
    .argument('<host...>', 'name, name:port, IPv4, IPv6 or [IPv6]:port')
    .option('--dir <dir>', 'write one file for each host into this directory')
    .option('--replace', 'write over a file that holds other keys')
    .option('--port <number>', 'ssh port of hosts that name none', '22')
    .option('--timeout <seconds>', 'how long each step may take', '10')
    .action(async (hosts: string[], options: ScanFlags) => {
      const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : 0;
      if (port < 1 || port > 65_535) usage(`${JSON.stringify(options.port)} is no port (1-65535)`);
      const seconds = /^\d{1,3}(\.\d+)?$/.test(options.timeout) ? Number(options.timeout) : 0;
      if (seconds <= 0 || seconds > 300) usage(`${JSON.stringify(options.timeout)} is no time in seconds (up to 300)`);
      const servers = hosts.map(
        (host): ServerAddress =>
          parseServerAddress(host, port) ??
          usage(`${JSON.stringify(host)} names no server (NAME, NAME:PORT, [IPv6]:PORT)`),
      );
      process.exitCode = await scanKeys(withoutDuplicates(servers), {
        directory: options.dir,
        overOtherKeys: options.replace ? 'replace' : 'refuse',
        tools: { addressesOf, timeoutMs: seconds * 1_000 },
        io,
      });
    });

  keys
    .command('update')
    .description('merge the host keys of a directory into etc/ssh/ssh_known_hosts of client roots')
    .option('--dir <dir>', `directory of key files (default: ${defaultKeyDirectory})`)
    .option('--classic <dir>', 'directory whose ssh_known_hosts.* files are merged too', '/etc/ltsp')
    .option('--root <root...>', 'client roots (default: those in /opt/ltsp and /srv/ltsp)')
    .action(async (options: UpdateFlags) => {
      process.exitCode = await updateKeys({
        directory: options.dir,
        classicDirectory: options.classic,
        roots: options.root,
        rootBases: ['/opt/ltsp', '/srv/ltsp'],
        io,
      });
    });
}

function usage(message: string): never {
  throw new CommandError(exitCode.usage, `keys scan: ${message}`);
}

interface ScanFlags {
  readonly dir?: string;
  readonly replace?: boolean;
  readonly port: string;
  readonly timeout: string;
}

interface UpdateFlags {
  readonly dir?: string;
  readonly classic: string;
  readonly root?: readonly string[];
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
