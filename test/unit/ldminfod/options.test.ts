import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/ldminfod/options/command-line.js';
import { parseConfigFile } from '../../../src/ldminfod/options/config-file.js';
import { optionTable } from '../../../src/ldminfod/options/option-table.js';
import { type Options, readOptions } from '../../../src/ldminfod/options/options.js';
import { usage } from '../../../src/ldminfod/usage.js';
import { refusal } from '../support/options-refusal.js';

const read = (args: readonly string[], config = ''): Options =>
  readOptions(parseCommandLine(args).given, parseConfigFile(config, 'test.conf'));

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

  it('are refused with file and line if the file has an invalid value', () => {
    expect(refusal(() => read([], '\n# x\nport = 99999\n'))).toEqual({
      code: 'config',
      message: 'test.conf:3: port: invalid value "99999" (expected a whole number from 0 to 65535)',
    });
  });

  it('are refused on the command line by their name', () => {
    const at = (...args: string[]) => refusal(() => read(args));
    expect(at('--capacity', '0')).toEqual({
      code: 'usage',
      message: '--capacity: invalid value "0" (expected a whole number from 1 to 1000000)',
    });
    expect(at('--listen', 'server').message).toContain('an IPv4 or IPv6 address, or *');
    expect(at('--client-timeout', '0').message).toContain('seconds, more than 0, up to 3600');
  });

  it.each<[string, string, Partial<Options>]>([
    ['port', '0', { port: 0 }],
    ['port', '65535', { port: 65_535 }],
    ['ssh-port', '1', { sshPort: 1 }],
    ['capacity', '1', { capacity: 1 }],
    ['capacity', '1000000', { capacity: 1_000_000 }],
    ['fixed-rating', '0', { fixedRating: 0 }],
    ['fixed-rating', '100', { fixedRating: 100 }],
    ['rating-timeout', '0.001', { ratingTimeoutMs: 1 }],
    ['rating-timeout', '1.25', { ratingTimeoutMs: 1_250 }],
    ['rating-timeout', '60', { ratingTimeoutMs: 60_000 }],
    ['client-timeout', '3600', { clientTimeoutMs: 3_600_000 }],
    ['max-connections', '100000', { maxConnections: 100_000 }],
    ['max-per-address', '1', { maxPerAddress: 1 }],
    ['rating-command', 'rate --fast', { ratingCommand: 'rate --fast' }],
    ['xsessions', '/a::/b:', { sessionFolders: ['/a', '/b'] }],
    ['locale-whitelist', '/etc/languages', { localeWhitelist: '/etc/languages' }],
    ['drain-file', '/run/drain', { drainFiles: ['/run/drain'] }],
    ['prometheus-file', '/run/x.prom', { prometheusFile: '/run/x.prom' }],
    ['ssh-address', '[fd00::1]', { sshAddress: 'fd00::1' }],
  ])('take for %s the value %j', (name, value, expected) => {
    expect(read([`--${name}`, value])).toMatchObject(expected);
  });

  it.each([
    ['port', '65536', '-1', 'x1', '1x', '1.0', ''],
    ['ssh-port', '0', '65536'],
    ['capacity', '0', '1000001', '1234567890', 'x5'],
    ['fixed-rating', '101', 'full'],
    ['rating-timeout', '0', '60.001', '61', 'x1', '1x', '1.', '1.0000', '1.x', '00001', ''],
    ['client-timeout', '3600.001', '3601'],
    ['max-connections', '0', '100001'],
    ['max-per-address', '0', '100001'],
    ['listen', '[::1', '::1]', '10.0.0.300', ''],
    ['ssh-address', 'server'],
    ['locale-whitelist', 'languages', ''],
    ['drain-file', 'drain'],
    ['prometheus-file', 'x.prom'],
  ])('refuse for %s what they cannot use', (name, ...values) => {
    for (const value of values) expect(refusal(() => read([`--${name}=${value}`])).message).toContain(`--${name}: `);
  });

  it('are the same without etcd, where nothing about it is checked', () => {
    expect(read(['--etcd-ca', 'ca.pem']).etcd).toBeNull();
  });

  it('name etcd by its members, and this server as clients call it', () => {
    const etcd = ['--etcd', 'http://a:2379  https://[fd00::1]:2379'];
    expect(read(etcd).etcd).toEqual({
      endpoints: ['http://a:2379', 'https://[fd00::1]:2379'],
      key: `/ldm/servers/${hostname()}`,
      ca: null,
      cert: null,
      certKey: null,
      user: null,
      passwordFile: null,
    });
    expect(read([...etcd, '--ssh-port', '2222']).etcd?.key).toBe(`/ldm/servers/${hostname()}:2222`);
    expect(read([...etcd, '--etcd-prefix', '/x/', '--etcd-name', 'app1']).etcd?.key).toBe('/x/app1');
    expect(read(['--etcd', 'etcd1,etcd2:23790/', '--etcd-ca', '/ca.pem']).etcd?.endpoints).toEqual([
      'https://etcd1:2379',
      'https://etcd2:23790',
    ]);
    expect(read(['--etcd', 'etcd1', '--etcd-cert', '/cert.pem']).etcd?.endpoints).toEqual(['https://etcd1:2379']);
    expect(read(['--etcd', 'etcd1']).etcd?.endpoints).toEqual(['http://etcd1:2379']);
    expect(refusal(() => read(['--etcd', 'etcd1:2379/v3'])).message).toContain('such as https://etcd1:2379');
    expect(refusal(() => read([...etcd, '--etcd-name', 'a b'])).message).toContain('a name as in LDM_SERVER');
    expect(refusal(() => read([...etcd, '--etcd-ca', 'ca.pem'])).message).toContain('an absolute path');
  });

  it('have the files and the user of etcd', () => {
    const files = ['--etcd-ca=/ca', '--etcd-cert=/cert', '--etcd-key=/key', '--etcd-password-file=/password'];
    expect(read(['--etcd=etcd1', '--etcd-user=the server', ...files]).etcd).toMatchObject({
      ca: '/ca',
      cert: '/cert',
      certKey: '/key',
      user: 'the server',
      passwordFile: '/password',
    });
  });

  it.each([
    ['etcd-prefix', '/a b', ' /a', '/a ', '', '/'.repeat(201)],
    ['etcd-name', '!app1', 'app1!', 'x'.repeat(261)],
    ['etcd-user', '\u0007a', 'a\u0007'],
    ['etcd-key', 'key.pem'],
    ['etcd-cert', 'cert.pem'],
    ['etcd-password-file', 'password'],
  ])('refuse with etcd for %s what they cannot use', (name, ...values) => {
    for (const value of values) {
      expect(refusal(() => read(['--etcd=etcd1', `--${name}=${value}`])).message).toContain(`--${name}: `);
    }
  });

  it('take a prefix of 200 characters and a name of 260 for etcd', () => {
    const [prefix, name] = ['/'.repeat(200), 'x'.repeat(260)];
    expect(read(['--etcd=etcd1', `--etcd-prefix=${prefix}`, `--etcd-name=${name}`]).etcd?.key).toBe(prefix + name);
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
