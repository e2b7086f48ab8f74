import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { activatedDescriptors } from '../../../src/ldminfod/activation.js';
import { parseCommandLine } from '../../../src/ldminfod/options/command-line.js';
import { parseConfigFile } from '../../../src/ldminfod/options/config-file.js';
import { OptionsError, optionTable } from '../../../src/ldminfod/options/option-table.js';
import { type Options, readOptions } from '../../../src/ldminfod/options/options.js';
import { usage } from '../../../src/ldminfod/usage.js';

const read = (args: readonly string[], config = ''): Options =>
  readOptions(parseCommandLine(args).given, parseConfigFile(config, 'test.conf'));
const refusal = (action: () => unknown): { code: string; message: string } => {
  try {
    action();
  } catch (error) {
    if (error instanceof OptionsError) return { code: error.code, message: error.message };
  }
  throw new Error('nothing was refused');
};

describe('the options', () => {
  it('have the defaults of the classic service', () => {
    expect(read([])).toMatchObject({
      port: 9571,
      listen: null,
      sshPort: 22,
      sshAddress: null,
      capacity: null,
      sessionFolders: ['/usr/share/xsessions'],
      localeWhitelist: '/etc/ldm/ldminfod-locale-whitelist',
      drainFiles: ['/run/ldm/draining', '/etc/ldm/draining'],
    });
  });

  it('come from the file, and from the command line before it', () => {
    const config = '# ours\ncapacity = 40\nssh-port=2222\nrating-command = "/usr/local/bin/rate --fast"\n';
    expect(read(['--capacity', '50'], config)).toMatchObject({
      capacity: 50,
      sshPort: 2222,
      ratingCommand: '/usr/local/bin/rate --fast',
    });
  });

  it('look for ssh at the address they answer on, unless told otherwise', () => {
    expect(read(['--listen', '127.0.0.2']).sshAddress).toBe('127.0.0.2');
    expect(read(['--listen', '127.0.0.2', '--ssh-address', '*']).sshAddress).toBeNull();
    expect(read(['--listen', '[::1]'])).toMatchObject({ listen: '::1', sshAddress: '::1' });
    expect(read(['--listen', '0.0.0.0'])).toMatchObject({ listen: '0.0.0.0', sshAddress: null });
    expect(read(['--listen', '::'])).toMatchObject({ listen: null, sshAddress: null });
  });

  it('are refused with file and line if the file is invalid', () => {
    const at = (config: string) => refusal(() => read([], config));
    expect(at('\n# x\nport = 99999\n')).toEqual({
      code: 'config',
      message: 'test.conf:3: port: invalid value "99999" (expected a whole number from 0 to 65535)',
    });
    expect(at('prot = 1').message).toMatch(/^test\.conf:1: unknown option "prot" \(expected one of port, listen, /);
    expect(at('port').message).toBe('test.conf:1: invalid line "port" (expected NAME = VALUE)');
    expect(at('port =').message).toBe('test.conf:1: port has no value');
    expect(at('port = 1\nport = 2').message).toBe('test.conf:2: port is set twice');
    expect(at('locale-whitelist = here').message).toContain('an absolute path');
  });

  it('are refused on the command line by their name', () => {
    const at = (...args: string[]) => refusal(() => read(args));
    expect(at('--capacity', '0')).toEqual({
      code: 'usage',
      message: '--capacity: invalid value "0" (expected a whole number from 1 to 1000000)',
    });
    expect(at('--listen', 'server').message).toContain('an IPv4 or IPv6 address, or *');
    expect(at('--client-timeout', '0').message).toContain('seconds, more than 0, up to 3600');
    expect(at('--no-such').code).toBe('usage');
    expect(at('reboot').message).toBe('"reboot": unknown command (expected drain, undrain or status)');
    expect(at('drain', 'now').code).toBe('usage');
  });

  it('name etcd by its members, and this server as clients call it', () => {
    expect(read([]).etcd).toBeNull();
    const etcd = ['--etcd', 'http://a:2379  https://[fd00::1]:2379'];
    expect(read(etcd).etcd).toMatchObject({
      endpoints: ['http://a:2379', 'https://[fd00::1]:2379'],
      key: `/ldm/servers/${hostname()}`,
      ca: null,
      user: null,
    });
    expect(read([...etcd, '--ssh-port', '2222']).etcd?.key).toBe(`/ldm/servers/${hostname()}:2222`);
    expect(read([...etcd, '--etcd-prefix', '/x/', '--etcd-name', 'app1']).etcd?.key).toBe('/x/app1');
    expect(read(['--etcd', 'etcd1,etcd2:23790/', '--etcd-ca', '/ca.pem']).etcd?.endpoints).toEqual([
      'https://etcd1:2379',
      'https://etcd2:23790',
    ]);
    expect(refusal(() => read(['--etcd', 'etcd1:2379/v3'])).message).toContain('such as https://etcd1:2379');
    expect(refusal(() => read([...etcd, '--etcd-name', 'a b'])).message).toContain('a name as in LDM_SERVER');
    expect(refusal(() => read([...etcd, '--etcd-ca', 'ca.pem'])).message).toContain('an absolute path');
  });

  it('all stand in the help text and in the sample file, and the sample file is accepted as it is and uncommented', () => {
    const file = readFileSync(new URL('../../../data/ldminfod/ldminfod.conf', import.meta.url), 'utf8');
    expect([...parseConfigFile(file, 'sample').keys()]).toEqual([]);
    const uncommented = parseConfigFile(file.replace(/^#([a-z-]+ = )/gm, '$1'), 'sample');
    expect([...uncommented.keys()].sort()).toEqual(Object.keys(optionTable).sort());
    readOptions(uncommented);
    for (const name of Object.keys(optionTable)) expect(usage()).toContain(`--${name} `);
  });
});

describe('the command line', () => {
  it('names what to do', () => {
    const command = (...args: string[]) => parseCommandLine(args).command;
    expect([command(), command('--inetd'), command('drain'), command('status'), command('-h')]).toEqual([
      'serve',
      'inetd',
      'drain',
      'status',
      'help',
    ]);
    expect(parseCommandLine(['drain', '--permanent', '--reason', 'new disk'])).toMatchObject({
      permanent: true,
      reason: 'new disk',
    });
  });
});

describe('socket activation', () => {
  it('takes the descriptors from 3 on, and only when they are meant for this process', () => {
    expect(activatedDescriptors({ LISTEN_FDS: '2', LISTEN_PID: '77' }, 77)).toEqual([3, 4]);
    expect(activatedDescriptors({ LISTEN_FDS: '2', LISTEN_PID: '78' }, 77)).toEqual([]);
    expect(activatedDescriptors({ LISTEN_FDS: 'x', LISTEN_PID: '77' }, 77)).toEqual([]);
    expect(activatedDescriptors({}, 77)).toEqual([]);
  });
});
