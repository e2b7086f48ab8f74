import type { Command } from 'commander';
import { resolveHost } from '../servers/dns/resolve.js';
import { port as parsePort, seconds as parseSeconds } from '../settings/values.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../shared/server-address.js';
import { type ConfigOption, configOption } from './common/config-option.js';
import { CommandError, exitCode } from './common/exit-codes.js';
import { readSettings } from './common/read-settings.js';
import { scanKeys } from './keys-scan.js';
import { defaultKeyDirectory, updateKeys } from './keys-update.js';

const io = {
  out: (line: string): void => void process.stdout.write(`${line}\n`),
  err: (line: string): void => void process.stderr.write(`ldm keys: ${line}\n`),
};

/** Adds `ldm keys scan` and `ldm keys update`. Their exit codes go to `process.exitCode`. */
export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description("collect the servers' host keys and write them into the client images");

  keys
    .command('scan')
    .description('print the host keys of servers, in known_hosts format with fingerprints')
    .argument('<host...>', 'name, name:port, IPv4, IPv6 or [IPv6]:port')
    .option('--dir <dir>', 'write one file for each host into this directory')
    .option('--replace', 'overwrite a file with other keys')
    .option('--port <number>', 'ssh port of hosts without a port (default: SSH_OVERRIDE_PORT, else 22)')
    .option('--timeout <seconds>', 'timeout of each step (default: LDM_CONNECT_TIMEOUT, else 10)')
    .option(...configOption)
    .action(async (hosts: string[], options: ScanFlags, command: Command) => {
      const settings = readSettings(command.optsWithGlobals<ConfigOption>().config);
      const port =
        options.port === undefined
          ? settings.sshPort
          : (parsePort(options.port) ?? usage(`${JSON.stringify(options.port)} is no port (1-65535)`));
      const timeoutMs =
        options.timeout === undefined
          ? settings.connectTimeoutMs
          : (parseSeconds(options.timeout) ??
            usage(`${JSON.stringify(options.timeout)} is no time in seconds (0.1 to 300)`));
      const servers = hosts.map(
        (host): ServerAddress =>
          parseServerAddress(host, port) ??
          usage(`${JSON.stringify(host)} names no server (NAME, NAME:PORT, [IPv6]:PORT)`),
      );
      process.exitCode = await scanKeys(withoutDuplicates(servers), {
        directory: options.dir,
        overOtherKeys: options.replace ? 'replace' : 'refuse',
        dependencies: { addressesOf: (host) => resolveHost(host, timeoutMs), timeoutMs },
        io,
      });
    });

  keys
    .command('update')
    .description('merge the host keys of a directory into etc/ssh/ssh_known_hosts of client roots')
    .option('--dir <dir>', `directory of key files (default: ${defaultKeyDirectory})`)
    .option('--classic <dir>', 'directory with more files to merge, ssh_known_hosts.*', '/etc/ltsp')
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
  readonly port?: string;
  readonly timeout?: string;
}

interface UpdateFlags {
  readonly dir?: string;
  readonly classic: string;
  readonly root?: readonly string[];
}
